// Sessions that several clients share, because a BMC has room for few: who logs in with the very same words
// while a session of that login is alive gets that one. It ends when the last of them has logged out. For the
// network thread only.
#pragma once

#include "http/message.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ceems::bmcproxy {

class Sessions {
 public:
  using Clock = std::chrono::steady_clock;

  // A token that the BMC has not accepted for so long may have expired there.
  static constexpr std::chrono::seconds kAliveFor{60};
  // Then the password has to be right again.
  static constexpr std::chrono::hours kSharedFor{1};
  static constexpr std::size_t kMost = 16'384;

  // The BMC's answer to that login, for one more client; nothing if there is no session to share.
  std::optional<http::Response> join(const std::string& target, const std::string& login,
                                     Clock::time_point now);
  // What a BMC answered to a login.
  void began(const std::string& target, const std::string& login, const http::Response& answer,
             Clock::time_point now);
  // The BMC has accepted the token, or says that there is no such session.
  void accepted(const std::string& target, std::string_view token, Clock::time_point now);
  void refused(const std::string& target, std::string_view token);
  // One client logs out. True if others go on with that session, which must then not end.
  bool leave(const std::string& target, std::string_view token, std::string_view path);

  std::size_t count() const { return by_token_.size(); }

 private:
  struct Session {
    std::string login;  // secret
    std::string path;
    http::Response answer;
    std::size_t clients = 1;
    Clock::time_point began;
    Clock::time_point accepted;
  };
  using Key = std::pair<std::string, std::string>;  // target and token, or target and login

  void forget_dead(Clock::time_point now);

  std::map<Key, Session> by_token_;
  std::map<Key, std::string> by_login_;  // the token of the newest
};

}  // namespace ceems::bmcproxy
