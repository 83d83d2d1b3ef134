#include "grid/provider.h"

#include "grid/owid.h"
#include "grid/world.h"

#include <algorithm>
#include <array>

namespace ceems::grid {

namespace {

constexpr std::array<std::string_view, 2> kNames{"global", "owid"};

}  // namespace

std::span<const std::string_view> provider_names() {
  return kNames;
}

base::Result<std::vector<std::unique_ptr<Provider>>> make_providers(const std::vector<std::string>& ids,
                                                                    const ProviderOptions& options) {
  for (const std::string& id : ids) {
    if (std::ranges::find(kNames, id) == kNames.end())
      return base::fail(base::ErrorCode::kInvalid, id, "no such provider of emission factors");
  }
  const auto wanted = [&ids](std::string_view id) {
    return ids.empty() || std::ranges::find(ids, id) != ids.end();
  };
  std::vector<std::unique_ptr<Provider>> providers;
  if (wanted("global")) providers.push_back(make_world_provider());
  if (wanted("owid")) {
    CEEMS_TRY(auto owid, make_owid_provider(options.owid_file));
    providers.push_back(std::move(owid));
  }
  return providers;
}

}  // namespace ceems::grid
