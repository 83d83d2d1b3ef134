#include "store/usage_cursor.h"

#include "store/json_scan.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ceems::store {

namespace {

constexpr std::size_t kPage = 256;

// A number that rows may have, in the order in which they are written.
struct Column {
  Metric metric = Metric::kTotalTimeSeconds;
  KeyId key = 0;
  bool is_mean = false;
  std::string name{};   // for the order
  std::string label{};  // "name":
};

std::vector<Column> columns_of(const KeyTable& keys, const KeyFilter& wanted) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < keys.size() && i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    const auto id = static_cast<KeyId>(i);
    const Combination combined = combination(keys[id].metric);
    if (combined != Combination::kSum && combined != Combination::kWeightedMean) continue;
    Column& column = columns.emplace_back();
    column.metric = keys[id].metric;
    column.key = id;
    column.is_mean = combined == Combination::kWeightedMean;
    column.name = keys[id].name;
    append_json_string(column.label, column.name);
    column.label += ':';
  }
  std::ranges::sort(columns, {}, [](const Column& column) { return std::tie(column.metric, column.name); });
  return columns;
}

class AddedUpCursor final : public UsageCursor {
 public:
  explicit AddedUpCursor(AddedUp added)
      : added_(std::move(added)), columns_(columns_of(added_.keys, added_.wanted)) {}

  base::Result<bool> next(const std::function<void(const UsageText&)>& each) override {
    if (next_ == added_.rows.size()) return false;
    const std::size_t end = std::min(next_ + kPage, added_.rows.size());
    for (; next_ < end; ++next_)
      each(write(added_.rows[next_]));
    return true;
  }

 private:
  // Where a metric's text is in `text_`.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  UsageText write(const AddedUp::Row& row);
  // Whether the group has a number in that column; appends it.
  bool append(std::size_t group, const Column& column);

  AddedUp added_;
  std::vector<Column> columns_;
  std::size_t next_ = 0;  // of the rows
  std::string text_;      // of the last row
};

bool AddedUpCursor::append(std::size_t group, const Column& column) {
  const auto label = [&] {
    text_ += text_.empty() || text_.back() == '}' ? '{' : ',';
    text_ += column.label;
  };
  if (column.is_mean) {
    const MeanEntry entry = added_.totals.mean(group, column.key);
    if (entry.rows <= 0) return false;
    label();
    append_number(text_, mean(entry.product, entry.weight));
    return true;
  }
  const SumEntry entry = added_.totals.sum(group, column.key);
  if (entry.rows <= 0) return false;
  label();
  append_fixed(text_, entry.sum);
  return true;
}

UsageText AddedUpCursor::write(const AddedUp::Row& row) {
  std::array<Part, kMetricCount> parts{};
  text_.clear();
  for (auto column = columns_.begin(); column != columns_.end();) {
    const Metric metric = column->metric;
    const std::size_t begin = text_.size();
    for (; column != columns_.end() && column->metric == metric; ++column)
      append(row.group, *column);
    if (text_.size() > begin) text_ += '}';
    parts[static_cast<std::size_t>(metric)] = {begin, text_.size()};
  }
  if (const auto extremes = added_.extremes.find(row.group); extremes != added_.extremes.end()) {
    for (const Extremes& of_metric : extremes->second) {
      const std::size_t begin = text_.size();
      if (!of_metric.values.empty()) append_json(text_, of_metric.values);
      parts[static_cast<std::size_t>(of_metric.metric)] = {begin, text_.size()};
    }
  }
  UsageText text;
  const auto shown = [&row](OwnerText which) { return row.shown[static_cast<std::size_t>(which)]; };
  text.cluster_id = shown(OwnerText::kCluster);
  text.resource_manager = shown(OwnerText::kManager);
  text.num_units = added_.totals.units(row.group);
  text.project = shown(OwnerText::kProject);
  text.groupname = shown(OwnerText::kGroup);
  text.username = shown(OwnerText::kUser);
  for (std::size_t i = 0; i < kMetricCount; ++i)
    text.metrics[i] = std::string_view(text_).substr(parts[i].begin, parts[i].end - parts[i].begin);
  return text;
}

}  // namespace

std::unique_ptr<UsageCursor> make_added_up_cursor(AddedUp added) {
  return std::make_unique<AddedUpCursor>(std::move(added));
}

}  // namespace ceems::store
