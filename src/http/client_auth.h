// What a client shows of itself: basic or bearer authorization and extra headers from its configuration.
// Secrets in files are read at each use. Errors name the file or key, never a secret. Thread-safe.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/message.h"

#include <string>
#include <string_view>

namespace ceems::http {

// "Basic dXNlcjpwYXNz".
std::string basic_authorization(std::string_view user, std::string_view password);

// The value of Authorization for basic_auth and authorization; "" where neither is configured.
base::Result<std::string> configured_authorization(const config::HttpClientConfig& config);

// Adds the configured `http_headers`.
base::Status add_extra_headers(const config::HttpClientConfig& config, Fields& fields);

}  // namespace ceems::http
