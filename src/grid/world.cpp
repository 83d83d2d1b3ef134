#include "grid/world.h"

#include "grid/static_provider.h"

namespace ceems::grid {

namespace {

constexpr ProviderInfo kInfo{.id = "global", .name = "IEA", .signal = "average", .scope = "direct"};

}  // namespace

std::unique_ptr<Provider> make_world_provider() {
  return std::make_unique<StaticProvider>(kInfo,
                                          FactorTable{{"global", "IEA", "ZZ", "World", kWorldGramsPerKwh}});
}

}  // namespace ceems::grid
