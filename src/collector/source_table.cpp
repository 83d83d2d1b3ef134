#include "collector/source_table.h"

#include <algorithm>

namespace ceems::collector {

void SourceTable::set_rows(const std::vector<RowLabels>& rows) {
  labels_.clear();
  order_.clear();
  values_.assign(rows.size() * families_.size(), std::nullopt);
  for (const RowLabels& row : rows) {
    std::vector<exposition::Label> labels;
    for (const auto& [name, value] : row)
      labels.push_back({name, value});
    order_.push_back(labels_.size());
    labels_.push_back(exposition::render_labels(std::move(labels)));
  }
  std::ranges::sort(order_, {},
                    [&](std::size_t i) { return std::pair<const RowLabels&, std::size_t>(rows[i], i); });
  const auto twice =
      std::ranges::unique(order_, {}, [&](std::size_t i) -> const RowLabels& { return rows[i]; });
  order_.erase(twice.begin(), twice.end());
}

void SourceTable::clear_values() {
  std::ranges::fill(values_, std::nullopt);
}

void SourceTable::emit(exposition::Emitter& emitter) const {
  for (std::size_t family = 0; family < families_.size(); ++family) {
    bool begun = false;
    for (const std::size_t row : order_) {
      const auto& value = values_[row * families_.size() + family];
      if (!value) continue;
      if (!begun) emitter.begin(families_[family]);
      begun = true;
      emitter.sample(labels_[row], *value);
    }
  }
}

}  // namespace ceems::collector
