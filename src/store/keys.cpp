#include "store/keys.h"

#include "store/tolerant.h"

#include <algorithm>
#include <utility>

namespace ceems::store {

namespace {

constexpr KeyId kMostKeys = 1'000'000;
constexpr std::size_t kMostBytes = std::size_t{64} << 10;

// Reads what the database itself writes: names without escapes, in order, numbers without exponents. False at
// anything else; what was told until then is told again by the reader of everything.
bool read_plain(std::string_view json, std::vector<std::pair<std::string_view, Fixed>>& numbers) {
  if (json.size() < 2 || json.size() > kMostBytes || json.front() != '{' || json.back() != '}') return false;
  json = json.substr(1, json.size() - 2);
  while (!json.empty()) {
    if (json.front() != '"') return false;
    const std::size_t end = json.find('"', 1);
    if (end == std::string_view::npos || end + 1 >= json.size() || json[end + 1] != ':') return false;
    const std::string_view name = json.substr(1, end - 1);
    if (name.find('\\') != std::string_view::npos) return false;
    if (!numbers.empty() && numbers.back().first >= name) return false;
    json.remove_prefix(end + 2);
    const std::size_t comma = std::min(json.find(','), json.size());
    const auto number = parse_fixed(json.substr(0, comma));
    if (!number) return false;
    numbers.emplace_back(name, *number);
    if (comma == json.size()) return true;
    json.remove_prefix(comma + 1);
    if (json.empty()) return false;
  }
  return true;
}

template <class Entry>
void sort_by_key(std::vector<Entry>& entries) {
  if (!std::ranges::is_sorted(entries, {}, &Entry::key)) std::ranges::sort(entries, {}, &Entry::key);
}

bool is_extreme(Metric metric) {
  return combination(metric) == Combination::kMinimum || combination(metric) == Combination::kMaximum;
}

}  // namespace

base::Status KeyTable::load(Connection& connection) {
  CEEMS_TRY_VOID(load_weights(connection));
  CEEMS_TRY(Statement statement,
            connection.prepare("select id, metric, name from ceems_rollup_keys order by id"));
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) break;
    const std::int64_t id = statement.integer(0);
    const auto metric = find_metric(statement.text(1));
    if (id < 0 || id >= kMostKeys || !metric) continue;
    add(static_cast<KeyId>(id), *metric, std::string(statement.text(2)));
  }
  saved_ = keys_.size();
  return {};
}

base::Status KeyTable::load_weights(Connection& connection) {
  *this = KeyTable();
  CEEMS_TRY(weights_, read_mean_weights(connection));
  return {};
}

base::Status KeyTable::save(Connection& connection) {
  for (; saved_ < keys_.size(); ++saved_) {
    CEEMS_TRY(Statement statement,
              connection.prepare("insert into ceems_rollup_keys (id, metric, name) values (?, ?, ?)"));
    statement.bind(1, static_cast<std::int64_t>(saved_))
        .bind(2, metric_name(keys_[saved_].metric))
        .bind(3, keys_[saved_].name);
    CEEMS_TRY_VOID(statement.run());
  }
  return {};
}

void KeyTable::add(KeyId id, Metric metric, std::string name) {
  if (id >= keys_.size()) keys_.resize(id + 1);
  const std::size_t weight = weights_.place_of(metric, name);
  keys_[id] = {.metric = metric, .name = std::move(name), .known = true, .weight = weight};
  of_metric_[static_cast<std::size_t>(metric)].ids.push_back(id);
}

KeyId KeyTable::id_of(Metric metric, std::string_view name) {
  OfMetric& of = of_metric_[static_cast<std::size_t>(metric)];
  for (std::size_t i = 0; i < of.ids.size(); ++i) {
    if (of.next >= of.ids.size()) of.next = 0;
    const KeyId id = of.ids[of.next++];
    if (keys_[id].name == name) return id;
  }
  const auto id = static_cast<KeyId>(keys_.size());
  add(id, metric, std::string(name));
  of.next = of.ids.size();
  return id;
}

KeyFilter KeyTable::filter(const std::function<bool(Metric)>& wants) const {
  KeyFilter filter(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i)
    filter[i] = keys_[i].known && wants(keys_[i].metric);
  return filter;
}

bool KeyTable::has_extremes() const {
  return std::ranges::any_of(keys_, [](const Key& key) { return key.known && is_extreme(key.metric); });
}

const std::vector<std::pair<std::string_view, Fixed>>& read_numbers(std::string_view json,
                                                                    NumberBuffer& buffer) {
  buffer.numbers.clear();
  if (json.empty() || json == "{}" || read_plain(json, buffer.numbers)) return buffer.numbers;
  buffer.numbers.clear();
  buffer.map = read_metric_map(json);
  for (const auto& [name, value] : buffer.map)
    buffer.numbers.emplace_back(name, to_fixed(value));
  return buffer.numbers;
}

RowReader::RowReader(KeyTable& keys, std::span<const Metric> wanted) : keys_(keys) {
  const auto is_wanted = [&](Metric metric) { return std::ranges::find(wanted, metric) != wanted.end(); };
  const bool weighted = std::ranges::any_of(
      wanted, [](Metric metric) { return combination(metric) == Combination::kWeightedMean; });
  for (const Metric metric : all_metrics()) {
    if (!is_wanted(metric) && !(weighted && metric == Metric::kTotalTimeSeconds)) continue;
    columns_read_.push_back({metric, is_wanted(metric)});
    columns_ += ", ";
    columns_ += metric_name(metric);
  }
}

void RowReader::read_times(bool wanted, Sums& row) {
  weights_.fill(0);
  for (const auto& [name, value] : buffer_.numbers) {
    if (wanted)
      row.sums.push_back({.key = keys_.id_of(Metric::kTotalTimeSeconds, name), .rows = 1, .sum = value});
    const auto at = std::ranges::find(MeanWeights::keys(), name);
    if (at != MeanWeights::keys().end())
      weights_[static_cast<std::size_t>(at - MeanWeights::keys().begin())] = value;
  }
}

void RowReader::begin(Sums& row) {
  row.clear();
  row.rows = 1;
  row.units = 1;
  extremes_.clear();
}

void RowReader::end(Sums& row) {
  sort_by_key(row.sums);
  sort_by_key(row.means);
  sort_by_key(extremes_);
}

void RowReader::read_column(const Column& column, std::string_view json, Sums& row) {
  const auto& [metric, wanted] = column;
  read_numbers(json, buffer_);
  switch (combination(metric)) {
    case Combination::kSum:
      if (metric == Metric::kTotalTimeSeconds) return read_times(wanted, row);
      for (const auto& [name, value] : buffer_.numbers)
        row.sums.push_back({.key = keys_.id_of(metric, name), .rows = 1, .sum = value});
      return;
    case Combination::kWeightedMean:
      for (const auto& [name, value] : buffer_.numbers) {
        const KeyId key = keys_.id_of(metric, name);
        const Fixed weight = weights_[keys_[key].weight];
        row.means.push_back(
            {.key = key, .rows = 1, .weight = weight, .product = Wide::product(value, weight)});
      }
      return;
    case Combination::kMinimum:
    case Combination::kMaximum:
      for (const auto& [name, value] : buffer_.numbers)
        extremes_.push_back({.key = keys_.id_of(metric, name), .value = value});
  }
}

void RowReader::read(const Statement& statement, int first_column, Sums& row) {
  begin(row);
  for (const Column& column : columns_read_)
    read_column(column, statement.text(first_column++), row);
  end(row);
}

void RowReader::read(std::span<const std::string, kMetricCount> texts, Sums& row) {
  begin(row);
  for (const Column& column : columns_read_)
    read_column(column, texts[static_cast<std::size_t>(column.metric)], row);
  end(row);
}

}  // namespace ceems::store
