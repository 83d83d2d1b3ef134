// What this build is, for `--version`, start-up logs and *_build_info metrics. Constant, thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace ceems::base {

struct Version {
  std::string_view version;     // "0.1.0"
  std::string_view revision;    // git commit, or "unknown"
  std::string_view branch;      // git branch, or "unknown"
  std::string_view build_user;  // user@host
  std::string_view build_date;  // 20260131-12:00:00, UTC
  std::string_view compiler;    // "clang 19.1.7"
  std::string_view os;          // "linux"
  std::string_view arch;        // Go's names, as dashboards know them: "amd64", "arm64"
};

const Version& version();

// The text block that Prometheus programs print for --version, with a final newline.
std::string version_text(std::string_view program);

// "(version=0.1.0, branch=main, revision=abc)", as logged at start and shown on landing pages.
std::string version_info();

}  // namespace ceems::base
