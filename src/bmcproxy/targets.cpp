#include "bmcproxy/targets.h"

#include "base/text.h"

#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>

namespace ceems::bmcproxy {

namespace {

constexpr std::size_t kLongestUrl = 512;
constexpr std::string_view kUrlField = "X-Redfish-Url";

RE2::Options expression_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{1} << 20);
  return options;
}

}  // namespace

struct TargetRules::Named {
  Named() : urls(expression_options(), RE2::ANCHOR_BOTH) {}

  RE2::Set urls;
  bool has_urls = false;
  base::AddressList networks;
};

TargetRules::TargetRules() : named_(std::make_unique<Named>()) {}
TargetRules::~TargetRules() = default;
TargetRules::TargetRules(TargetRules&&) noexcept = default;
TargetRules& TargetRules::operator=(TargetRules&&) noexcept = default;

base::Result<std::string> canonical_target(std::string_view url, bool with_path) {
  const auto no = [](const char* why) { return base::fail(base::ErrorCode::kInvalid, "", "{}", why); };
  if (url.size() > kLongestUrl) return no("too long");
  CEEMS_TRY(http::Url parsed, http::parse_url(url));
  if (parsed.scheme != "http" && parsed.scheme != "https") return no("neither http nor https");
  if (parsed.host.empty()) return no("no host");
  if (!parsed.user.empty() || !parsed.password.empty()) return no("a user has no place in it");
  if (parsed.path.find('?') != std::string::npos) return no("a query has no place in it");
  while (parsed.path.ends_with('/'))
    parsed.path.pop_back();
  if (!with_path && !parsed.path.empty()) return no("a path has no place in it");
  parsed.host = base::to_lower(parsed.host);
  return fmt::format("{}://{}{}", parsed.scheme, parsed.authority(), parsed.path);
}

base::Result<TargetRules> TargetRules::create(const Settings& settings) {
  TargetRules rules;
  for (const TargetSettings& target : settings.targets) {
    rules.known_.insert(target.url);
    for (const std::string& client : target.clients)
      rules.by_client_.emplace(client, target.url);
  }
  for (const std::string& expression : settings.named_urls) {
    std::string problem;
    if (rules.named_->urls.Add(expression, &problem) < 0)
      return base::fail(base::ErrorCode::kInvalid, expression, "{}", problem);
    rules.named_->has_urls = true;
  }
  if (rules.named_->has_urls && !rules.named_->urls.Compile())
    return base::fail(base::ErrorCode::kInvalid, "allowed_target_urls", "too large");
  CEEMS_TRY(rules.named_->networks, base::AddressList::parse(settings.named_networks));
  return rules;
}

bool TargetRules::allows(const std::string& target) const {
  if (known_.contains(target)) return true;
  if (named_->has_urls && named_->urls.Match(target, nullptr)) return true;
  // By address only: what a name means may change between the check and the connection.
  const auto url = http::parse_url(target);
  return url && url->scheme == "https" && named_->networks.contains(url->host);
}

base::Result<std::string> TargetRules::find(const std::vector<std::string>& addresses,
                                            const http::Fields& fields) const {
  for (const std::string& address : addresses) {
    const auto canonical = base::canonical_address(address);
    if (!canonical) continue;
    if (const auto own = by_client_.find(*canonical); own != by_client_.end()) return own->second;
  }
  const auto named = fields.find(kUrlField);
  if (!named || named->empty()) return base::fail(base::ErrorCode::kNotFound, "", "no BMC is named");
  if (fields.count(kUrlField) > 1) return base::fail(base::ErrorCode::kInvalid, "", "several BMCs are named");
  CEEMS_TRY(std::string target, canonical_target(*named, false));
  if (!allows(target)) return base::fail(base::ErrorCode::kPermission, target, "this BMC is not allowed");
  return target;
}

}  // namespace ceems::bmcproxy
