#include "grid/world.h"

#include "grid/static_provider.h"

namespace ceems::grid {

std::unique_ptr<Provider> make_world_provider() {
  return std::make_unique<StaticProvider>("global",
                                          FactorTable{{"global", "IEA", "ZZ", "World", kWorldGramsPerKwh}});
}

}  // namespace ceems::grid
