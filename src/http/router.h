// Which route a request belongs to. Pure: paths are compared as they arrive, still encoded.
#pragma once

#include "http/server.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::http {

class Router {
 public:
  explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

  struct Match {
    const Route* route = nullptr;  // the first whose path and method fit; nullptr: none
    std::string
        allowed_methods;  // "GET, OPTIONS" of routes that fit the path alone; "" when the path is unknown
  };
  Match find(std::string_view path, std::string_view method) const;

 private:
  std::vector<Route> routes_;
};

// The path without empty, "." and ".." segments, a final slash kept; nothing if it is clean already. Always
// starts with one slash, so that it is safe as a redirect target.
std::optional<std::string> clean_path(std::string_view path);

}  // namespace ceems::http
