#include "http/proxy.h"

#include "base/text.h"

#include <arpa/inet.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

namespace ceems::http {

namespace {

// An IP address as its bytes: 4 or 16 of them; empty if it is none.
std::vector<unsigned char> address_bytes(const std::string& text) {
  std::vector<unsigned char> bytes(16);
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(4);
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool same_prefix(std::span<const unsigned char> a, std::span<const unsigned char> b, std::size_t bits) {
  for (std::size_t i = 0; i < bits; ++i) {
    const unsigned mask = 0x80U >> (i % 8);
    if ((a[i / 8] & mask) != (b[i / 8] & mask)) return false;
  }
  return true;
}

bool in_block(std::string_view block, const std::string& host) {
  const auto slash = block.find('/');
  const auto network = address_bytes(std::string(block.substr(0, slash)));
  const auto address = address_bytes(host);
  const auto bits = base::parse_u64(block.substr(slash + 1));
  if (network.empty() || network.size() != address.size() || !bits || *bits > network.size() * 8)
    return false;
  return same_prefix(network, address, static_cast<std::size_t>(*bits));
}

bool is_local(const std::string& host) {
  if (host == "localhost") return true;
  const auto address = address_bytes(host);
  if (address.size() == 4) return address[0] == 127;
  return address.size() == 16 && address == address_bytes("::1");
}

std::string from_environment(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

base::Result<std::optional<Url>> parse_proxy(const std::string& text, std::string_view origin) {
  if (text.empty()) return std::nullopt;
  // The environment often names a proxy without a scheme.
  auto url = parse_url(text.find("://") == std::string::npos ? "http://" + text : text);
  if (!url) return base::fail(base::ErrorCode::kInvalid, origin, "{}", url.error().message);
  if (url->scheme != "http")
    return base::fail(base::ErrorCode::kInvalid, origin, "the proxy's scheme must be http");
  return *std::move(url);
}

}  // namespace

bool matches_no_proxy(std::string_view entry, const std::string& host, std::uint16_t port) {
  entry = base::trim(entry);
  if (entry.empty()) return false;
  if (entry == "*") return true;
  if (entry.find('/') != std::string_view::npos) return in_block(entry, host);
  std::string name = base::to_lower(entry);
  const auto address = address_bytes(name);
  const auto colon = name.rfind(':');
  if (address.empty() && colon != std::string::npos) {
    const auto wanted = base::parse_u64(std::string_view(name).substr(colon + 1));
    if (!wanted || *wanted != port) return false;
    name.resize(colon);
    if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  }
  const auto wanted_address = address_bytes(name);
  if (!wanted_address.empty()) return wanted_address == address_bytes(host);
  if (name.starts_with("*.")) name.erase(0, 1);
  // ".example.org" covers what is below, "example.org" itself too.
  if (name.starts_with('.')) return host.ends_with(name);
  return host == name || host.ends_with("." + name);
}

base::Result<ProxyRules> ProxyRules::create(const config::HttpClientConfig& config) {
  ProxyRules rules;
  std::string exceptions = config.no_proxy;
  if (config.proxy_from_environment) {
    // A CGI program's HTTP_PROXY comes from the client's "Proxy:" header.
    const bool cgi = std::getenv("REQUEST_METHOD") != nullptr;
    const std::string http = cgi ? "" : from_environment("HTTP_PROXY", "http_proxy");
    CEEMS_TRY(rules.for_http_, parse_proxy(http, "HTTP_PROXY"));
    CEEMS_TRY(rules.for_https_, parse_proxy(from_environment("HTTPS_PROXY", "https_proxy"), "HTTPS_PROXY"));
    exceptions = from_environment("NO_PROXY", "no_proxy");
  } else {
    CEEMS_TRY(rules.for_http_, parse_proxy(config.proxy_url, "proxy_url"));
    rules.for_https_ = rules.for_http_;
  }
  for (const std::string_view entry : base::split(exceptions, ','))
    if (!base::trim(entry).empty()) rules.exceptions_.emplace_back(base::trim(entry));
  return rules;
}

std::optional<Url> ProxyRules::proxy_for(const Url& url) const {
  if (url.scheme == "unix") return std::nullopt;
  const std::optional<Url>& proxy = url.scheme == "https" ? for_https_ : for_http_;
  const std::string host = base::to_lower(url.host);
  if (!proxy || is_local(host)) return std::nullopt;
  for (const std::string& entry : exceptions_)
    if (matches_no_proxy(entry, host, url.port)) return std::nullopt;
  return proxy;
}

}  // namespace ceems::http
