#include "api/client_address.h"

#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

namespace ceems::api {

namespace {

bool is_address(const std::string& text) {
  in6_addr bytes{};
  return ::inet_pton(AF_INET, text.c_str(), &bytes) == 1 || ::inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

// Some proxies add a port: 192.0.2.1:4711, [2001:db8::1]:4711, [2001:db8::1].
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  return std::ranges::count(text, ':') == 1 ? text.substr(0, text.find(':')) : text;
}

std::optional<std::string> read_address(std::string_view text) {
  std::string address(without_port(base::trim(text)));
  return is_address(address) ? std::optional(std::move(address)) : std::nullopt;
}

// All fields of that name are one list (RFC 9110 §5.3).
std::vector<std::string_view> list_of(const http::Fields& fields, std::string_view name) {
  std::vector<std::string_view> all;
  for (const auto& [field, value] : fields.entries()) {
    if (!base::equals_ignoring_case(field, name)) continue;
    for (const std::string_view part : base::split(value, ','))
      if (!base::trim(part).empty()) all.push_back(part);
  }
  return all;
}

}  // namespace

std::string client_address(const http::Request& request, const access::PeerPolicy& peers) {
  std::string nearest = request.peer_address;
  if (!peers.is_known_proxy(nearest)) return nearest;
  const auto hops = list_of(request.fields, "X-Forwarded-For");
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    auto address = read_address(*hop);
    if (!address) return nearest;
    nearest = *std::move(address);
    if (!peers.is_known_proxy(nearest)) return nearest;
  }
  if (!hops.empty()) return nearest;
  for (const char* name : {"X-Real-IP", "True-Client-IP"})
    if (auto address = read_address(request.fields.find(name).value_or(""))) return *std::move(address);
  return nearest;
}

}  // namespace ceems::api
