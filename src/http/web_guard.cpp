#include "http/web_guard.h"

#include <algorithm>

namespace ceems::http {

base::Result<std::unique_ptr<WebGuard>> WebGuard::load(const std::string& path) {
  auto guard = std::make_unique<WebGuard>(path);
  // The stamp first: a change between the two is noticed at the next look.
  guard->stamp_ = stamp_of(path);
  CEEMS_TRY(config::WebConfig config, config::load_web_config(path));
  for (const std::string& warning : config.warnings)
    guard->log_.warn("web configuration", {{"detail", warning}});
  if (config.tls) {
    guard->stamps_ = guard->material_stamps(*config.tls);
    auto context = make_server_context(*config.tls);
    if (!context) return base::wrap(std::move(context).error(), "cannot use the TLS settings");
    guard->context_ = *std::move(context);
  }
  guard->config_ = std::make_shared<const config::WebConfig>(std::move(config));
  guard->context_config_ = guard->config_;
  return guard;
}

std::vector<FileStamp> WebGuard::material_stamps(const config::ServerTlsConfig& tls) const {
  return {stamp_of(tls.cert_file), stamp_of(tls.key_file), stamp_of(tls.client_ca_file)};
}

std::shared_ptr<const config::WebConfig> WebGuard::current() {
  file_access_([this] { look_at_config(); });
  return config_;
}

void WebGuard::look_at_config() {
  const FileStamp now = stamp_of(path_);
  if (now == stamp_) return;
  stamp_ = now;
  auto loaded = config::load_web_config(path_);
  if (!loaded) {
    log_.error("the web configuration cannot be read: all requests are refused", {{"error", loaded.error()}});
    config_ = nullptr;
    return;
  }
  if (loaded->tls.has_value() != uses_tls())
    log_.warn("switching TLS on or off in the web configuration needs a restart", {{"file", path_}});
  log_.info("the web configuration has been read again", {{"file", path_}});
  config_ = std::make_shared<const config::WebConfig>(*std::move(loaded));
}

SslPtr WebGuard::new_session() {
  file_access_([this] {
    look_at_config();
    if (config_ && config_->tls) reload_certificates(*config_);
  });
  return SslPtr(SSL_new(context_.get()));
}

void WebGuard::reload_certificates(const config::WebConfig& config) {
  std::vector<FileStamp> stamps = material_stamps(*config.tls);
  if (config_ == context_config_ && stamps == stamps_) return;
  stamps_ = std::move(stamps);
  context_config_ = config_;
  auto context = make_server_context(*config.tls);
  if (!context) {
    log_.error("the new TLS settings cannot be used: those of before stay", {{"error", context.error()}});
    return;
  }
  context_ = *std::move(context);
  log_.info("TLS certificates and settings have been read again", {{"file", path_}});
}

bool WebGuard::admits(const config::WebConfig& config, TimePoint now) {
  if (!config.rate_limit) return true;
  const auto burst = static_cast<double>(config.rate_limit->burst);
  if (refilled_ == TimePoint{}) {
    tokens_ = burst;
    refilled_ = now;
  }
  const std::chrono::duration<double> passed = now - refilled_;
  const std::chrono::duration<double> interval = config.rate_limit->interval;
  refilled_ = now;
  tokens_ = std::min(burst, tokens_ + passed / interval);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace ceems::http
