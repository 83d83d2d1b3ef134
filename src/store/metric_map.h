// A small sorted map from a sub-metric's name to its number: the value of one metric column of the database,
// e.g. {"total": 0.25}. Plain value type; not thread-safe for writing.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::store {

class MetricMap {
 public:
  using Entry = std::pair<std::string, double>;

  MetricMap() = default;
  MetricMap(std::initializer_list<Entry> entries);

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  std::optional<double> find(std::string_view key) const;
  double value_or(std::string_view key, double fallback) const;
  void set(std::string_view key, double value);
  void add(std::string_view key, double value);  // a missing key counts as 0
  void clear() { entries_.clear(); }
  // Sorted bytewise by name.
  const std::vector<Entry>& entries() const { return entries_; }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  friend bool operator==(const MetricMap&, const MetricMap&) = default;

 private:
  friend base::Result<MetricMap> parse_metric_map(std::string_view json);
  double& slot(std::string_view key);

  std::vector<Entry> entries_;
};

// How the database and the API write a number: NaN and infinities are 0; a value equal to its integer part is
// an integer; anything else has eight decimals (0.5 is 0.50000000).
void append_number(std::string& out, double value);
// Writes the same where there is room for so many. Returns its end.
inline constexpr std::size_t kMostNumberChars = 328;
char* write_number(char* out, double value);

// {"a":1,"b":0.50000000}: no blanks, names sorted, '<', '>' and '&' escaped.
void append_json(std::string& out, const MetricMap& map);
std::string to_json(const MetricMap& map);

// Whether that is what append_json() would write of what it holds. Says no where it is not sure.
bool is_written_json(std::string_view json);

// Reads one flat JSON object of numbers. `null` as a value is 0, as the whole text it is the empty map, as is
// the empty text; the strings inf, Inf, infinity, Infinity (signed or not), nan and NaN are 0. Anything else
// is kInvalid. Bounded: 64 KiB, 4,096 names.
base::Result<MetricMap> parse_metric_map(std::string_view json);

// The union of the names; values that both have are summed.
MetricMap sum(const MetricMap& a, const MetricMap& b);
// The union of the names; the smaller (larger) where both have one.
MetricMap minimum(const MetricMap& a, const MetricMap& b);
MetricMap maximum(const MetricMap& a, const MetricMap& b);
// Weighted mean by name, over the maps that have it: sum of value x weight over sum of weight, or 0 where no
// weight is above 0. `missing` is weight, by name, that `old_weight` counts but `old_map` does not hold yet.
MetricMap weighted_mean(const MetricMap& old_map, const MetricMap& new_map, double old_weight,
                        double new_weight, const MetricMap& missing);
// The same with weights of each name's own.
using WeightOf = std::function<double(const std::string& name)>;
MetricMap weighted_mean(const MetricMap& old_map, const MetricMap& new_map, const WeightOf& old_weight,
                        const WeightOf& new_weight, const MetricMap& missing);

}  // namespace ceems::store
