// What a client names: a BMC, and a path.
#include "base/check.h"
#include "bmcproxy/resources.h"
#include "bmcproxy/targets.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

ceems::bmcproxy::Settings settings() {
  ceems::bmcproxy::Settings settings;
  settings.named_urls = {"https://node[0-9]+-bmc:443"};
  settings.named_networks = {"198.51.100.0/24"};
  return settings;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::bmcproxy;
  static const auto kTargets = TargetRules::create(settings()).value();
  static const auto kResources = ResourceRules::create(default_resources()).value();
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto target = canonical_target(text, true)) {
    const auto again = canonical_target(*target, true);
    CEEMS_CHECK(again && *again == *target);
  }
  ceems::http::Fields fields;
  fields.add("X-Redfish-Url", text);
  if (const auto target = kTargets.find({text}, fields))
    CEEMS_CHECK(target->starts_with("https://node") || target->starts_with("https://198.51.100."));
  if (kResources.judge("GET", text) == Verdict::kAllowed)
    CEEMS_CHECK(text.starts_with("/redfish") && text.find("/.") == std::string::npos);
  return 0;
}
