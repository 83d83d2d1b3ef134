// Access tokens by the client-credentials grant (RFC 6749 §4.4), kept until shortly before they expire.
// Thread-safe.
#pragma once

#include "base/result.h"
#include "http/client.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace ceems::http {

class TokenSource {
 public:
  // `options` are those of the client that needs the tokens; its proxies and time limits hold here too.
  static base::Result<std::unique_ptr<TokenSource>> create(const ClientOptions& options);
  TokenSource(config::OAuth2Config config, std::unique_ptr<Client> client)
      : config_(std::move(config)), client_(std::move(client)) {}

  // The value of Authorization. Asks the token server when there is no usable token.
  base::Result<std::string> authorization();
  // The same where nobody needs to be asked or waited for; nothing otherwise.
  std::optional<std::string> known_authorization();
  // Forgets the token, a server has refused it; unless a new one is just being fetched. Never waits.
  void forget();
  void cancel() { client_->cancel(); }

 private:
  base::Result<Response> ask(const std::string& secret, bool secret_in_form);
  base::Status renew();
  bool has_usable_token() const;  // with the lock held

  const config::OAuth2Config config_;
  const std::unique_ptr<Client> client_;
  std::mutex mutex_;  // guards what follows; held while a token is fetched, so that one fetch serves all
  std::string authorization_;
  std::chrono::steady_clock::time_point valid_until_{};
};

}  // namespace ceems::http
