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
  std::string label{};  // ,"name":
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
    column.label = ',';
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
    for (; next_ < end; ++next_) {
      if (next_ + 1 < added_.rows.size()) added_.totals.expect(added_.rows[next_ + 1].group);
      each(write(added_.rows[next_]));
    }
    return true;
  }

 private:
  // Where a metric's text is in `text_`.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  UsageText write(const AddedUp::Row& row);
  // Whether the group has a number in that column; writes it behind `size` characters of the text, and before
  // it `opening`.
  bool write(std::size_t group, const Column& column, char opening, std::size_t& size);

  AddedUp added_;
  std::vector<Column> columns_;
  std::size_t next_ = 0;  // of the rows
  std::string text_;      // of the last row; longer than that
};

bool AddedUpCursor::write(std::size_t group, const Column& column, char opening, std::size_t& size) {
  const std::size_t room = column.label.size() + kMostNumberChars + 1;  // and a brace
  if (text_.size() - size < room) text_.resize(2 * text_.size() + room);
  char* const begin = text_.data() + size;
  char* const number = begin + column.label.size();
  char* end = nullptr;
  if (column.is_mean) {
    const MeanEntry entry = added_.totals.mean(group, column.key);
    if (entry.rows <= 0) return false;
    end = write_number(number, mean(entry.product, entry.weight));
  } else {
    const SumEntry entry = added_.totals.sum(group, column.key);
    if (entry.rows <= 0) return false;
    end = write_fixed(number, entry.sum);
  }
  column.label.copy(begin, column.label.size());
  *begin = opening;
  size += static_cast<std::size_t>(end - begin);
  return true;
}

UsageText AddedUpCursor::write(const AddedUp::Row& row) {
  std::array<Part, kMetricCount> parts{};
  std::size_t size = 0;
  for (auto column = columns_.begin(); column != columns_.end();) {
    const Metric metric = column->metric;
    const std::size_t begin = size;
    char opening = '{';
    for (; column != columns_.end() && column->metric == metric; ++column)
      if (write(row.group, *column, opening, size)) opening = ',';
    if (size > begin) text_[size++] = '}';
    parts[static_cast<std::size_t>(metric)] = {begin, size};
  }
  if (const auto extremes = added_.extremes.find(row.group); extremes != added_.extremes.end()) {
    text_.resize(size);
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
