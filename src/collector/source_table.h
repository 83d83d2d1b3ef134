// Families that share one set of labels, as a table: a row for each set of label values, a column for each
// family. Labels are rendered when the rows change, values are set at each collection. Not thread-safe.
#pragma once

#include "exposition/emitter.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::collector {

// Names sorted, each with its value.
using RowLabels = std::vector<std::pair<std::string_view, std::string>>;

class SourceTable {
 public:
  // The families must outlive the table.
  explicit SourceTable(std::span<const exposition::Family> families) : families_(families) {}

  // In any order; a row whose labels another has too is never shown. Values are forgotten.
  void set_rows(const std::vector<RowLabels>& rows);
  void clear_values();
  // The value of a row, by its place in what set_rows() was given, in one of the families.
  void set(std::size_t row, std::size_t family, double value) {
    values_[row * families_.size() + family] = value;
  }
  // Each family that has a value.
  void emit(exposition::Emitter& emitter) const;

 private:
  std::span<const exposition::Family> families_;
  std::vector<std::string> labels_;            // by row
  std::vector<std::size_t> order_;             // rows in the order of their label values
  std::vector<std::optional<double>> values_;  // row by row
};

}  // namespace ceems::collector
