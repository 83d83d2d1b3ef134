#include "api/rate_limit.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace ceems::api {

namespace {

// Beyond, clients share one count until the minute ends: memory must not grow with an attacker's addresses.
constexpr std::size_t kMostClients = 65'536;

}  // namespace

std::int64_t RateLimit::counted(const Counts& counts, const std::string& client) const {
  const auto found = counts.find(client);
  return found == counts.end() ? 0 : found->second;
}

std::int64_t& RateLimit::slot(const std::string& client) {
  const bool full = current_.size() >= kMostClients && !current_.contains(client);
  return current_[full ? std::string() : client];
}

RateLimit::Verdict RateLimit::count(const std::string& client, std::chrono::sys_seconds now) {
  const std::int64_t seconds = now.time_since_epoch().count();
  const std::int64_t minute = seconds / 60;
  const std::lock_guard lock(mutex_);
  if (minute != minute_) {
    previous_ = minute == minute_ + 1 ? std::move(current_) : Counts();
    current_ = Counts();
    minute_ = minute;
  }
  std::int64_t& count = slot(client);
  const double left_of_previous = static_cast<double>(60 - seconds % 60) / 60;
  const double rate =
      static_cast<double>(counted(previous_, client)) * left_of_previous + static_cast<double>(count);
  const auto used = static_cast<std::int64_t>(std::llround(rate));

  Verdict verdict;
  verdict.allowed = used + 1 <= limit_;
  if (verdict.allowed) ++count;
  verdict.limit = limit_;
  verdict.remaining = std::max<std::int64_t>(0, limit_ - used - 1);
  verdict.reset_seconds = (minute + 1) * 60;
  return verdict;
}

std::string client_key(std::string_view address) {
  const std::string copy(address.substr(0, address.find('%')));
  in6_addr six{};
  if (::inet_pton(AF_INET6, copy.c_str(), &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) return copy;
  std::fill(six.s6_addr + 8, six.s6_addr + 16, std::uint8_t{0});
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET6, &six, text, sizeof(text));
  return text;
}

}  // namespace ceems::api
