// The web configuration of a running server: who may enter, over which TLS, with which headers added. The
// file and the certificates are looked at again (one stat each) whenever they matter, and read again when
// they changed. Not thread-safe but for passwords().
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "config/web_config.h"
#include "http/file_stamp.h"
#include "http/password.h"
#include "http/tls_context.h"
#include "http/transport.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ceems::http {

class WebGuard {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit WebGuard(std::string path) : path_(std::move(path)) {}  // for load()
  // Errors name the line of the file, or the certificate file.
  static base::Result<std::unique_ptr<WebGuard>> load(const std::string& path);

  // Called around each later look at the files; see ServerOptions::with_file_access.
  using FileAccess = std::function<void(const std::function<void()>&)>;
  void set_file_access(FileAccess access) {
    if (access) file_access_ = std::move(access);
  }

  // Decided when the server starts.
  bool uses_tls() const { return context_ != nullptr; }
  // A server session with the certificates of now. Where they cannot be read, those of before: a certificate
  // is often replaced in several steps.
  SslPtr new_session();

  // The configuration of now; nullptr while the file cannot be read (logged once): nobody may enter then.
  std::shared_ptr<const config::WebConfig> current();
  // Whether the rate limit, if there is one, lets a request through at this time.
  bool admits(const config::WebConfig& config, TimePoint now);

  PasswordCache& passwords() { return passwords_; }

 private:
  void look_at_config();
  std::vector<FileStamp> material_stamps(const config::ServerTlsConfig& tls) const;
  void reload_certificates(const config::WebConfig& config);

  const std::string path_;
  FileAccess file_access_ = [](const std::function<void()>& look) { look(); };
  const base::Logger log_ = base::Logger().with("component", "http");
  FileStamp stamp_;
  std::shared_ptr<const config::WebConfig> config_;
  SslContextPtr context_;
  std::vector<FileStamp> stamps_;  // of the files behind `context_`, or of those that failed to load
  std::shared_ptr<const config::WebConfig> context_config_;
  PasswordCache passwords_;
  double tokens_ = 0;  // of the rate limit's bucket
  TimePoint refilled_{};
};

}  // namespace ceems::http
