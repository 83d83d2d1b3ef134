// Providers of emission factors. Static ones know their table from the start; ones that poll a service fetch
// in the background and keep their last table.
#pragma once

#include "base/result.h"
#include "grid/emission_factor.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::grid {

class Provider {
 public:
  Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;
  virtual ~Provider() = default;

  virtual std::string_view id() const = 0;  // "owid"
  // The last known table, the same object until a newer one is known; null before the first. Never waits.
  // Thread-safe.
  virtual std::shared_ptr<const FactorTable> factors() const = 0;
};

struct ProviderOptions {
  std::string owid_file;  // see make_owid_provider()
};

// Ids of all providers, sorted.
std::span<const std::string_view> provider_names();

// The providers of these ids, each once; all of them if the list is empty. Errors: kInvalid for an unknown
// id, else what the provider says.
base::Result<std::vector<std::unique_ptr<Provider>>> make_providers(const std::vector<std::string>& ids,
                                                                    const ProviderOptions& options = {});

}  // namespace ceems::grid
