#include "exposition/catalogue.h"

#include "base/text.h"

#include <algorithm>
#include <map>

namespace ceems::exposition {

namespace {

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool is_name_part(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9');
}

bool labels_are_sorted(std::string_view labels) {
  const std::vector<std::string_view> names = base::split(labels, ',');
  return std::ranges::is_sorted(names) && std::ranges::adjacent_find(names) == names.end();
}

// A pipe would end the table cell.
std::string cell(std::string_view text) {
  return base::replace_all(std::string(text), "|", "\\|");
}

std::string label_cell(std::string_view labels) {
  return labels.empty() ? "" : "`" + base::replace_all(std::string(labels), ",", "`, `") + "`";
}

}  // namespace

bool is_metric_name(std::string_view name) {
  return !name.empty() && is_name_start(name.front()) && std::ranges::all_of(name, is_name_part);
}

void Catalogue::add(std::string_view source, std::span<const Family> families) {
  for (const Family& family : families)
    entries_.push_back(Entry{source, family});
}

base::Status Catalogue::check() const {
  std::map<std::string_view, const Family*> seen;
  for (const Entry& entry : entries_) {
    const Family& family = entry.family;
    if (!is_metric_name(family.name))
      return base::fail(base::ErrorCode::kInvalid, family.name, "not a metric name");
    if (family.help.empty() || family.help.find('\n') != std::string_view::npos)
      return base::fail(base::ErrorCode::kInvalid, family.name, "help must be one line of text");
    if (!labels_are_sorted(family.labels))
      return base::fail(base::ErrorCode::kInvalid, family.name, "label names must be sorted and distinct");
    const auto [position, is_new] = seen.emplace(family.name, &family);
    const Family& first = *position->second;
    if (!is_new && (first.type != family.type || first.help != family.help || first.labels != family.labels))
      return base::fail(base::ErrorCode::kInvalid, family.name, "declared twice in different ways");
  }
  return {};
}

std::string Catalogue::markdown() const {
  std::string text;
  std::string_view source;
  for (const Entry& entry : entries_) {
    if (entry.source != source) {
      source = entry.source;
      text += fmt::format("{}### `{}`\n\n| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n",
                          text.empty() ? "" : "\n", source);
    }
    const Family& family = entry.family;
    text += fmt::format("| `{}` | {} | {} | {} |\n", family.name, type_name(family.type),
                        label_cell(family.labels), cell(family.help));
  }
  return text;
}

}  // namespace ceems::exposition
