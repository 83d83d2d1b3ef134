// Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol). Immutable; thread-safe.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <memory>
#include <string>
#include <vector>

namespace re2 {
class RE2;
}

namespace ceems::api {

class Cors {
 public:
  // `origins` is a regular expression (RE2) for the whole origin; kInvalid says what is wrong with it.
  static base::Result<Cors> create(const std::string& origins, const std::vector<std::string>& user_headers);

  // Adds its fields to the reply, if the request names an origin.
  void apply(const http::Request& request, http::Response& response) const;

 private:
  Cors() = default;

  std::shared_ptr<const re2::RE2> origins_;
  std::string allowed_headers_;
};

}  // namespace ceems::api
