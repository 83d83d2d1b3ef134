// Writes what was added up, row by row. For this room only.
#pragma once

#include "store/keys.h"
#include "store/metric_map.h"
#include "store/owners.h"
#include "store/reader.h"
#include "store/totals.h"

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ceems::store {

// Smallest and largest values of one metric, which only rows tell.
struct Extremes {
  Metric metric = Metric::kMinCustomStats;
  MetricMap values{};
};

struct AddedUp {
  OwnerList owners{};  // keeps the texts
  KeyTable keys{};
  KeyFilter wanted{};  // of `keys`
  Totals totals{};
  std::unordered_map<std::size_t, std::vector<Extremes>> extremes{};  // by group
  struct Row {
    std::size_t group = 0;
    OwnerTexts shown{};
  };
  std::vector<Row> rows{};  // in order
};

std::unique_ptr<UsageCursor> make_added_up_cursor(AddedUp added);

}  // namespace ceems::store
