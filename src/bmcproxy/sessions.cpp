#include "bmcproxy/sessions.h"

#include "bmcproxy/resources.h"

#include <algorithm>

namespace ceems::bmcproxy {

namespace {

// Of clients that went without logging out.
constexpr std::chrono::hours kForgottenAfter{2};

// The path of a location with or without scheme and host.
std::string path_of(std::string_view location) {
  if (const auto scheme = location.find("://"); scheme != std::string_view::npos) {
    const auto slash = location.find('/', scheme + 3);
    location = slash == std::string_view::npos ? "" : location.substr(slash);
  }
  if (location.ends_with('/')) location.remove_suffix(1);
  return is_session(location) ? std::string(location) : "";
}

}  // namespace

std::optional<http::Response> Sessions::join(const std::string& target, const std::string& login,
                                             Clock::time_point now) {
  const auto newest = by_login_.find({target, login});
  if (newest == by_login_.end()) return std::nullopt;
  const auto session = by_token_.find({target, newest->second});
  if (session == by_token_.end() || now - session->second.accepted > kAliveFor ||
      now - session->second.began > kSharedFor) {
    by_login_.erase(newest);
    return std::nullopt;
  }
  ++session->second.clients;
  return session->second.answer;
}

void Sessions::began(const std::string& target, const std::string& login, const http::Response& answer,
                     Clock::time_point now) {
  const auto token = answer.fields.find("X-Auth-Token");
  std::string path = path_of(answer.fields.find("Location").value_or(""));
  if ((answer.status != 201 && answer.status != 200) || !token || token->empty() || path.empty()) return;
  if (by_token_.size() >= kMost) forget_dead(now);
  if (by_token_.size() >= kMost) return;
  by_token_.insert_or_assign({target, std::string(*token)}, Session{.login = login,
                                                                    .path = std::move(path),
                                                                    .answer = answer,
                                                                    .clients = 1,
                                                                    .began = now,
                                                                    .accepted = now});
  by_login_.insert_or_assign({target, login}, std::string(*token));
}

void Sessions::accepted(const std::string& target, std::string_view token, Clock::time_point now) {
  const auto session = by_token_.find({target, std::string(token)});
  if (session != by_token_.end()) session->second.accepted = now;
}

void Sessions::refused(const std::string& target, std::string_view token) {
  const auto session = by_token_.find({target, std::string(token)});
  if (session == by_token_.end()) return;
  const auto newest = by_login_.find({target, session->second.login});
  if (newest != by_login_.end() && newest->second == token) by_login_.erase(newest);
  by_token_.erase(session);
}

bool Sessions::leave(const std::string& target, std::string_view token, std::string_view path) {
  const auto session = by_token_.find({target, std::string(token)});
  if (path.ends_with('/')) path.remove_suffix(1);
  if (session == by_token_.end() || session->second.path != path) return false;
  if (--session->second.clients > 0) return true;
  refused(target, token);
  return false;
}

void Sessions::forget_dead(Clock::time_point now) {
  std::erase_if(by_token_, [&](const auto& entry) { return now - entry.second.accepted > kForgottenAfter; });
  std::erase_if(by_login_,
                [&](const auto& entry) { return !by_token_.contains({entry.first.first, entry.second}); });
}

}  // namespace ceems::bmcproxy
