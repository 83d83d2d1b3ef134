#include "kube/exec_client.h"

#include "base/fd.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <type_traits>
#include <utility>

namespace ceems::kube {

namespace {

using std::chrono::milliseconds;

constexpr int kUnauthorized = 401;
// As of a token of OpenStack: a twelfth of its life is left for the way.
constexpr int kPartLeft = 12;

std::int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

int status_of(const http::Response& response) {
  return response.status;
}

int status_of(const http::Switched& switched) {
  return switched.response.status;
}

class ExecClient final : public http::Client {
 public:
  ExecClient(ExecClientOptions options, base::Fd cancelled)
      : options_(std::move(options)), cancelled_(std::move(cancelled)) {}

  base::Result<http::Response> send(std::string_view url, http::Request request) override;
  base::Result<http::Switched> switch_protocol(std::string_view url, http::Request request) override;
  void cancel() override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Shown {
    ExecCredential credential;
    std::shared_ptr<http::Client> client;  // shows the certificate
  };
  // What `ask` is answered, which is given a client and a request; once more with something fresh, if what
  // was shown is refused.
  template <class Ask>
  std::invoke_result_t<Ask, http::Client&, http::Request> show(const http::Request& request, Ask ask);
  // What to show now; something fresh if it is not to be `refused`, and time for it.
  base::Result<std::shared_ptr<const Shown>> shown(const Shown* refused);
  bool is_usable(const Shown* refused) const;
  base::Status renew();

  const ExecClientOptions options_;
  const base::Fd cancelled_;            // an eventfd
  std::mutex running_;                  // held while the program runs
  std::shared_ptr<const Shown> shown_;  // guarded by running_
  std::int64_t renew_at_ms_ = 0;        // likewise; 0: never
  Clock::time_point pause_until_;       // likewise
  base::Status failure_;                // likewise: how the program ended last
  std::mutex mutex_;
  std::shared_ptr<http::Client> client_;  // guarded by mutex_
  bool is_cancelled_ = false;             // likewise
};

base::Status ExecClient::renew() {
  pause_until_ = Clock::now() + options_.pause;
  CEEMS_TRY(ExecCredential made,
            run_exec(options_.program, {.timeout = options_.http.timeout, .cancel_fd = cancelled_.get()}));
  const std::int64_t now = now_ms();
  renew_at_ms_ = made.expires_ms == 0 ? 0 : made.expires_ms - (made.expires_ms - now) / kPartLeft;
  std::shared_ptr<http::Client> client = shown_ == nullptr ? nullptr : shown_->client;
  if (client == nullptr || made.certificate != shown_->credential.certificate ||
      made.key != shown_->credential.key) {
    http::ClientOptions options = options_.http;
    if (!made.certificate.empty()) {
      options.config.tls.cert = made.certificate;
      options.config.tls.key = made.key;
    }
    CEEMS_TRY(client, options_.make(std::move(options)));
    const std::lock_guard lock(mutex_);
    client_ = client;
    if (is_cancelled_) client->cancel();
  }
  shown_ = std::make_shared<const Shown>(Shown{.credential = std::move(made), .client = std::move(client)});
  return {};
}

bool ExecClient::is_usable(const Shown* refused) const {
  if (shown_ == nullptr) return false;
  const bool fresh = shown_.get() != refused && (renew_at_ms_ == 0 || now_ms() < renew_at_ms_);
  // Where the clocks differ it has expired as soon as it is made; and a server may refuse what is good.
  return fresh || (failure_ && Clock::now() < pause_until_);
}

base::Result<std::shared_ptr<const ExecClient::Shown>> ExecClient::shown(const Shown* refused) {
  const std::lock_guard lock(running_);
  if (!is_usable(refused)) {
    if (Clock::now() >= pause_until_) failure_ = renew();
    // What has not expired yet will do.
    const bool will_do =
        shown_ != nullptr && shown_.get() != refused && now_ms() < shown_->credential.expires_ms;
    if (!failure_ && !will_do) return std::unexpected(failure_.error());
  }
  return shown_;
}

template <class Ask>
std::invoke_result_t<Ask, http::Client&, http::Request> ExecClient::show(const http::Request& request,
                                                                         Ask ask) {
  std::shared_ptr<const Shown> refused;
  while (true) {
    CEEMS_TRY(const std::shared_ptr<const Shown> shown, this->shown(refused.get()));
    http::Request sent = request;
    if (!shown->credential.token.empty())
      sent.fields.set("Authorization", "Bearer " + shown->credential.token);
    CEEMS_TRY(auto answer, ask(*shown->client, std::move(sent)));
    if (status_of(answer) != kUnauthorized || refused != nullptr) return answer;
    refused = shown;
    CEEMS_TRY(const std::shared_ptr<const Shown> next, this->shown(refused.get()));
    if (next == refused) return answer;
  }
}

base::Result<http::Response> ExecClient::send(std::string_view url, http::Request request) {
  return show(request,
              [&](http::Client& client, http::Request sent) { return client.send(url, std::move(sent)); });
}

base::Result<http::Switched> ExecClient::switch_protocol(std::string_view url, http::Request request) {
  return show(request, [&](http::Client& client, http::Request sent) {
    return client.switch_protocol(url, std::move(sent));
  });
}

void ExecClient::cancel() {
  const std::uint64_t one = 1;
  (void)!::write(cancelled_.get(), &one, sizeof(one));
  const std::lock_guard lock(mutex_);
  is_cancelled_ = true;
  if (client_ != nullptr) client_->cancel();
}

}  // namespace

base::Result<std::unique_ptr<http::Client>> make_exec_client(ExecClientOptions options) {
  base::Fd cancelled(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancelled) return base::fail_errno(errno, "eventfd");
  if (!options.make) options.make = http::Client::create;
  return std::make_unique<ExecClient>(std::move(options), std::move(cancelled));
}

MakeClient client_maker(std::optional<ExecProgram> program) {
  if (!program) return http::Client::create;
  return [program = *std::move(program)](http::ClientOptions options) {
    return make_exec_client({.http = std::move(options), .program = program});
  };
}

}  // namespace ceems::kube
