// Which proxy a request goes through. The rules of NO_PROXY are those that curl, Go and Python share: names
// match themselves and below, addresses and CIDR blocks match addresses, "*" matches all, ":port" narrows an
// entry; localhost and loopback addresses are never proxied. Immutable, thread-safe.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::http {

class ProxyRules {
 public:
  // From proxy_url and no_proxy, or the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY, or in lower case) if
  // the configuration says so. kInvalid for a proxy that is not an http:// URL; its password is not repeated.
  static base::Result<ProxyRules> create(const config::HttpClientConfig& config);

  // The proxy for that URL; nothing: connect directly.
  std::optional<Url> proxy_for(const Url& url) const;

 private:
  std::optional<Url> for_http_;
  std::optional<Url> for_https_;
  std::vector<std::string> exceptions_;
};

// Whether a NO_PROXY entry covers that host and port.
bool matches_no_proxy(std::string_view entry, const std::string& host, std::uint16_t port);

}  // namespace ceems::http
