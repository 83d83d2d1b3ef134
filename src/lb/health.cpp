#include "lb/health.h"

#include "base/version.h"
#include "http/client.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

// The path of a server's own health below its base path.
std::string health_url(const std::string& base, Kind kind) {
  std::string url = base;
  while (url.ends_with('/'))
    url.pop_back();
  return url + (kind == Kind::kTsdb ? "/-/healthy" : "/ready");
}

class Checks final : public HealthCheck {
 public:
  Checks(Backends& backends, HealthOptions options) : backends_(backends), options_(options) {}
  Checks(const Checks&) = delete;
  Checks& operator=(const Checks&) = delete;

  base::Status start() {
    for (const auto& backend : backends_.all()) {
      http::ClientOptions options;
      options.config = backend->settings.web;
      options.user_agent = fmt::format("ceems_lb/{}", base::version().version);
      options.connect_timeout = options_.timeout;
      options.timeout = options_.timeout;
      options.max_body_bytes = std::size_t{1} << 20;
      CEEMS_TRY(auto client, http::Client::create(std::move(options)));
      clients_.push_back(std::move(client));
    }
    for (std::size_t i = 0; i < clients_.size(); ++i)
      threads_.emplace_back([this, i] { run(*backends_.all()[i], *clients_[i]); });
    return {};
  }

  ~Checks() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    for (const auto& client : clients_)
      client->cancel();
    for (std::thread& thread : threads_)
      thread.join();
  }

 private:
  void run(Backend& backend, http::Client& client) {
    const std::string url = health_url(backend.settings.web.url, backends_.kind());
    for (;;) {
      const auto answer = client.send(url, {});
      if (!answer && answer.error().code == base::ErrorCode::kCancelled) return;
      const bool alive = answer && answer->status < 500;
      backends_.is_alive(backend, alive,
                         answer ? fmt::format("status {}", answer->status) : answer.error().text());
      std::unique_lock lock(mutex_);
      if (stopped_.wait_for(lock, options_.interval, [this] { return stopping_; })) return;
    }
  }

  Backends& backends_;
  const HealthOptions options_;
  std::vector<std::unique_ptr<http::Client>> clients_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace

base::Result<std::unique_ptr<HealthCheck>> start_health_check(Backends& backends, HealthOptions options) {
  auto checks = std::make_unique<Checks>(backends, options);
  CEEMS_TRY_VOID(checks->start());
  return checks;
}

}  // namespace ceems::lb
