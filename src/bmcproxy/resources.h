// What may be asked of a BMC: resources by their path, with methods that change nothing but sessions.
// Immutable after construction; thread-safe.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::bmcproxy {

enum class Verdict : std::uint8_t {
  kAllowed,
  kUnclean,  // a path that two programs could read differently: "..", "//", escapes
  kResource,
  kMethod,
};

class ResourceRules {
 public:
  // Regular expressions, each searched in the path. kInvalid: one that is none.
  static base::Result<ResourceRules> create(const std::vector<std::string>& expressions);
  ~ResourceRules();
  ResourceRules(ResourceRules&&) noexcept;
  ResourceRules& operator=(ResourceRules&&) noexcept;

  // `path` is still encoded and without its query. GET and HEAD are for all resources; POST is for
  // collections of sessions, DELETE for sessions.
  Verdict judge(std::string_view method, std::string_view path) const;

 private:
  struct Expressions;

  ResourceRules();
  std::unique_ptr<Expressions> expressions_;
};

// "/redfish/v1/Sessions", "/redfish/v1/SessionService/Sessions", with or without a slash at the end.
bool is_session_collection(std::string_view path);
bool is_session(std::string_view path);  // one in them
// The service root and what is above it: for everybody, without a session.
bool is_open(std::string_view path);

}  // namespace ceems::bmcproxy
