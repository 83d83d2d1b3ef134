// What stands behind an Upstream: its parsed address, and how a request authenticates there. Immutable but
// for what is remembered of files; thread-safe.
#pragma once

#include "base/result.h"
#include "http/client_tls.h"
#include "http/file_stamp.h"
#include "http/message.h"
#include "http/oauth2.h"
#include "http/upstream.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::http {

struct UpstreamState {
  explicit UpstreamState(UpstreamOptions upstream_options)
      : options(std::move(upstream_options)), tls(options.config.tls) {}

  // The extra headers, and Authorization where a configuration or the URL gives one; OAuth2 comes on top.
  // Files are read again when they have changed. Errors name the file.
  base::Result<std::shared_ptr<const Fields>> credentials();

  // The target at the upstream: its base path and query around the client's.
  std::string target_for(std::string_view target) const;

  const UpstreamOptions options;
  std::uint64_t id = 0;  // never used for another upstream
  Url url;
  std::string name;
  std::string redacted;
  std::string host_field;
  std::string base_path;     // "" or "/prom"
  std::string base_query;    // "" or "a=1"
  std::optional<Url> proxy;  // plain HTTP goes through it, TLS through a tunnel
  ClientTls tls;
  std::unique_ptr<TokenSource> tokens;  // null without oauth2

 private:
  base::Result<std::shared_ptr<const Fields>> read_credentials() const;
  std::vector<std::string> credential_files() const;

  std::mutex mutex_;  // guards what follows
  std::shared_ptr<const Fields> credentials_;
  std::vector<FileStamp> stamps_;
};

}  // namespace ceems::http
