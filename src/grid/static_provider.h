// A provider whose table never changes. Thread-safe.
#pragma once

#include "grid/provider.h"

#include <utility>

namespace ceems::grid {

class StaticProvider final : public Provider {
 public:
  // `id` is a constant.
  StaticProvider(std::string_view id, FactorTable table)
      : id_(id), table_(std::make_shared<const FactorTable>(std::move(table))) {}

  std::string_view id() const override { return id_; }
  std::shared_ptr<const FactorTable> factors() const override { return table_; }

 private:
  std::string_view id_;
  std::shared_ptr<const FactorTable> table_;
};

}  // namespace ceems::grid
