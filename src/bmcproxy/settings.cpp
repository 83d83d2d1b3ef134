#include "bmcproxy/settings.h"

#include "base/address_list.h"
#include "bmcproxy/resources.h"
#include "bmcproxy/targets.h"
#include "config/duration.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::bmcproxy {

namespace {

using config::Node;
using std::chrono::milliseconds;

base::Result<milliseconds> read_duration(const Node& node, milliseconds fallback, milliseconds most) {
  if (!node.present()) return fallback;
  CEEMS_TRY(const std::string text, node.string());
  const auto duration = config::parse_duration(text);
  if (!duration) return node.error(fmt::format("'{}' is not a duration such as 500ms or 10s", text));
  if (*duration > most) return node.error(fmt::format("must be at most {} s", most.count() / 1000));
  return *duration;
}

base::Result<std::size_t> read_count(const Node& node, std::size_t fallback, std::int64_t most) {
  CEEMS_TRY(const std::int64_t count, node.integer(static_cast<std::int64_t>(fallback)));
  if (count < 1 || count > most) return node.error(fmt::format("must be between 1 and {}", most));
  return static_cast<std::size_t>(count);
}

base::Result<std::vector<TargetSettings>> read_targets(const Node& node) {
  std::vector<TargetSettings> targets;
  CEEMS_TRY_VOID(node.check_sequence());
  for (const Node& entry : node.elements()) {
    CEEMS_TRY_VOID(entry.check_map());
    TargetSettings& target = targets.emplace_back();
    CEEMS_TRY(const std::vector<std::string> clients, entry["host_ip_addrs"].strings());
    for (const std::string& client : clients) {
      auto address = base::canonical_address(client);
      if (!address) return entry["host_ip_addrs"].error(fmt::format("'{}' is not an address", client));
      target.clients.push_back(*std::move(address));
    }
    CEEMS_TRY(const std::string url, entry["url"].string());
    auto canonical = canonical_target(url, true);
    if (!canonical)
      return entry["url"].error("needs a URL with scheme and host: " + canonical.error().message);
    target.url = *std::move(canonical);
  }
  return targets;
}

base::Result<LimitSettings> read_limits(const Node& node) {
  constexpr std::int64_t kMostRate = 1'000;
  LimitSettings limits;
  CEEMS_TRY_VOID(node.check_map());
  CEEMS_TRY(limits.concurrent, read_count(node["concurrent_requests"], limits.concurrent, 64));
  CEEMS_TRY(limits.waiting, read_count(node["waiting_requests"], limits.waiting, 1 << 16));
  CEEMS_TRY(const std::size_t rate, read_count(node["requests_per_second"], 20, kMostRate));
  limits.spacing = milliseconds(1'000 / static_cast<std::int64_t>(rate));
  CEEMS_TRY(limits.patience, read_duration(node["wait"], limits.patience, milliseconds(60'000)));
  CEEMS_TRY(limits.timeout, read_duration(node["timeout"], limits.timeout, milliseconds(60'000)));
  return limits;
}

}  // namespace

base::Result<Settings> read_settings(const config::Document& document, const std::string& directory) {
  Settings settings;
  const Node root = document.root();
  CEEMS_TRY_VOID(root.check_map());
  Node block = root["redfish_proxy"];
  if (!block.present()) {
    block = root["redfish_config"];
    if (block.present()) settings.warnings.push_back(block.message("the key is called redfish_proxy now"));
  }
  if (!block.present())
    return base::fail(base::ErrorCode::kInvalid, document.name(), "there is no key redfish_proxy");
  CEEMS_TRY_VOID(block.check_map());
  CEEMS_TRY(settings.targets, read_targets(block["targets"]));
  CEEMS_TRY(settings.named_urls, block["allowed_target_urls"].strings());
  CEEMS_TRY(settings.named_networks, block["allowed_target_networks"].strings());
  if (settings.targets.empty() && settings.named_urls.empty() && settings.named_networks.empty())
    return block.error(
        "no BMC is named: give targets, or say with allowed_target_urls or allowed_target_networks which "
        "ones "
        "clients may ask for");
  if (auto rules = TargetRules::create(settings); !rules) return block.error(rules.error().text());
  CEEMS_TRY(settings.resources, block["allowed_api_resources"].strings());
  if (settings.resources.empty()) settings.resources = default_resources();
  if (auto rules = ResourceRules::create(settings.resources); !rules)
    return block["allowed_api_resources"].error(rules.error().text());
  CEEMS_TRY(settings.limits, read_limits(block["limits"]));
  CEEMS_TRY(settings.remember, read_duration(block["cache"], settings.remember, milliseconds(60'000)));
  CEEMS_TRY(settings.share_sessions, block["share_sessions"].boolean(true));
  CEEMS_TRY(settings.client, config::read_http_client(block, directory));
  CEEMS_TRY(const bool insecure, block["insecure_skip_verify"].boolean(false));
  settings.client.tls.insecure_skip_verify = settings.client.tls.insecure_skip_verify || insecure;
  // A nested block of an older layout, without effect.
  (void)block["web"].pairs();
  for (std::string& unknown : document.unknown_keys(block))
    settings.warnings.push_back(std::move(unknown));
  return settings;
}

}  // namespace ceems::bmcproxy
