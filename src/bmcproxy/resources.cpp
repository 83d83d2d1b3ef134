#include "bmcproxy/resources.h"

#include "bmcproxy/settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include <re2/re2.h>
#include <re2/set.h>

namespace ceems::bmcproxy {

namespace {

constexpr std::array<std::string_view, 2> kSessions{"/redfish/v1/SessionService/Sessions",
                                                    "/redfish/v1/Sessions"};

std::string_view without_slash(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// Nobody needs escapes in the paths of Redfish, and a BMC may undo them before it looks for "..".
bool is_clean(std::string_view path) {
  const bool plain = std::ranges::all_of(path, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-_.~:@!$&'()*+,=").find(c) != std::string_view::npos;
  });
  return plain && path.starts_with('/') && path.find("//") == std::string_view::npos &&
         path.find("/.") == std::string_view::npos;
}

}  // namespace

std::vector<std::string> default_resources() {
  return {
      "^/redfish/?$",
      "^/redfish/v1/?$",
      "^/redfish/v1/(SessionService/)?Sessions/?$",
      "^/redfish/v1/(SessionService/)?Sessions/[A-Za-z0-9._-]+/?$",
      "^/redfish/v1/Chassis/?$",
      "^/redfish/v1/Chassis/[A-Za-z0-9._-]+/?$",
      "^/redfish/v1/Chassis/[A-Za-z0-9._-]+/(Power|EnvironmentMetrics|ThermalSubsystem)/?$",
      "^/redfish/v1/Chassis/[A-Za-z0-9._-]+/PowerSubsystem(/PowerSupplies(/[A-Za-z0-9._-]+(/Metrics)?)?)?/?$",
      "^/redfish/v1/Chassis/[A-Za-z0-9._-]+/Sensors(/[A-Za-z0-9._-]+)?/?$",
  };
}

struct ResourceRules::Expressions {
  explicit Expressions(const RE2::Options& options) : set(options, RE2::UNANCHORED) {}
  RE2::Set set;
};

ResourceRules::ResourceRules() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{4} << 20);
  expressions_ = std::make_unique<Expressions>(options);
}
ResourceRules::~ResourceRules() = default;
ResourceRules::ResourceRules(ResourceRules&&) noexcept = default;
ResourceRules& ResourceRules::operator=(ResourceRules&&) noexcept = default;

base::Result<ResourceRules> ResourceRules::create(const std::vector<std::string>& expressions) {
  ResourceRules rules;
  for (const std::string& expression : expressions) {
    std::string problem;
    if (rules.expressions_->set.Add(expression, &problem) < 0)
      return base::fail(base::ErrorCode::kInvalid, expression, "{}", problem);
  }
  if (!rules.expressions_->set.Compile())
    return base::fail(base::ErrorCode::kInvalid, "allowed_api_resources", "too large");
  return rules;
}

bool is_session_collection(std::string_view path) {
  return std::ranges::find(kSessions, without_slash(path)) != kSessions.end();
}

bool is_session(std::string_view path) {
  path = without_slash(path);
  const std::size_t slash = path.rfind('/');
  return slash != std::string_view::npos && slash + 1 < path.size() &&
         is_session_collection(path.substr(0, slash)) && !is_session_collection(path);
}

bool is_open(std::string_view path) {
  path = without_slash(path);
  return path == "/redfish" || path == "/redfish/v1";
}

Verdict ResourceRules::judge(std::string_view method, std::string_view path) const {
  if (!is_clean(path)) return Verdict::kUnclean;
  const re2::StringPiece piece(path.data(), path.size());
  if (!expressions_->set.Match(piece, nullptr)) return Verdict::kResource;
  if (method == "GET" || method == "HEAD") return Verdict::kAllowed;
  if (method == "POST" && is_session_collection(path)) return Verdict::kAllowed;
  if (method == "DELETE" && is_session(path)) return Verdict::kAllowed;
  return Verdict::kMethod;
}

}  // namespace ceems::bmcproxy
