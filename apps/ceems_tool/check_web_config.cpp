#include "base/file.h"
#include "certificate.h"
#include "commands.h"
#include "config/web_config.h"
#include "http/server.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

// What is right and still not as it should be.
std::vector<std::string> warnings_about(const config::WebConfig& web) {
  std::vector<std::string> warnings = web.warnings;
  if (!web.tls) return warnings;
  const std::string& file = web.tls->cert_file;
  const auto pem = file.empty() ? base::Result<std::string>(web.tls->cert) : base::read_file(file);
  const std::string about = pem ? certificate_warning(*pem) : "";
  if (!about.empty()) warnings.push_back(file.empty() ? about : fmt::format("{}: {}", file, about));
  return warnings;
}

class CheckWebConfig final : public config::Command {
 public:
  void declare(config::Flags& flags) override {
    flags.positional("web-config-files", "Web configuration files.", files_, true);
  }

  int run() override {
    int status = 0;
    for (const std::string& file : files_) {
      if (const base::Status checked = check(file); checked) {
        fmt::print(stderr, "{} SUCCESS\n", file);
      } else {
        fmt::print(stderr, "{} FAILED: {}\n", file, checked.error().text());
        status = 1;
      }
    }
    return status;
  }

 private:
  static base::Status check(const std::string& file) {
    CEEMS_TRY(const config::WebConfig web, config::load_web_config(file));
    for (const std::string& warning : warnings_about(web))
      fmt::print(stderr, "{} WARNING: {}\n", file, warning);
    return http::check_web_config(file);
  }

  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<config::Command> make_check_web_config() {
  return std::make_unique<CheckWebConfig>();
}

}  // namespace ceems::tool
