// A provider whose table never changes. Thread-safe.
#pragma once

#include "grid/provider.h"

#include <utility>

namespace ceems::grid {

class StaticProvider final : public Provider {
 public:
  StaticProvider(ProviderInfo info, FactorTable table)
      : info_(info), table_(std::make_shared<const FactorTable>(std::move(table))) {}

  const ProviderInfo& info() const override { return info_; }
  std::shared_ptr<const FactorTable> factors() const override { return table_; }

 private:
  const ProviderInfo info_;
  const std::shared_ptr<const FactorTable> table_;
};

}  // namespace ceems::grid
