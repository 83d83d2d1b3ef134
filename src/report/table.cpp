#include "report/table.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace ceems::report {

namespace {

// A column while the table is being made: which field, and which sub-metric of it.
struct Source {
  const Field* field = nullptr;
  std::string key;
  bool several = false;  // the field has more than one sub-metric
};

std::vector<Source> sources_of(const Field& field, const std::vector<Unit>& units) {
  if (field.kind == FieldKind::kText) return {{&field, "", false}};
  std::set<std::string> keys;
  for (const Unit& unit : units) {
    for (const auto& [key, value] : unit.metrics[field.slot])
      keys.insert(key);
  }
  std::vector<Source> sources;
  for (const std::string& key : keys)
    sources.push_back({&field, key, keys.size() > 1});
  return sources;
}

std::string print_metric(const Source& source, const Metrics& metrics) {
  const double* value = find_metric(metrics, source.key);
  if (value == nullptr) return "";
  return source.field->kind == FieldKind::kUsage ? fmt::format("{:.2f}", *value)
                                                 : fmt::format("{:f}", *value);
}

std::string unit_cell(const Source& source, const Unit& unit) {
  const Field& field = *source.field;
  return field.kind == FieldKind::kText ? unit.texts[field.slot]
                                        : print_metric(source, unit.metrics[field.slot]);
}

std::string summary_cell(const Source& source, const SummaryRow& row) {
  const Field& field = *source.field;
  if (field.kind != FieldKind::kText) return print_metric(source, row.metrics[field.slot]);
  switch (field.slot) {
    case kUuidSlot:
      return fmt::format("{}", row.units);
    case kProjectSlot:
      return row.project;
    case kGroupSlot:
      return row.group;
    case kUserSlot:
      return row.user;
    case kElapsedSlot:
      return print_elapsed(row.walltime_seconds);
    default:
      return "";
  }
}

bool empty_for_all(const Source& source, const std::vector<Unit>& units) {
  return std::ranges::all_of(units, [&](const Unit& unit) { return unit_cell(source, unit).empty(); });
}

FieldList with_job_id(const FieldList& fields) {
  const Field& job_id = all_fields().front();
  if (std::ranges::find(fields, &job_id) != fields.end()) return fields;
  FieldList result{&job_id};
  result.insert(result.end(), fields.begin(), fields.end());
  return result;
}

}  // namespace

Table make_table(const FieldList& requested, const std::vector<Unit>& units, bool summary) {
  std::vector<Source> sources;
  for (const Field* field : summary ? with_job_id(requested) : requested) {
    for (Source& source : sources_of(*field, units)) {
      const bool leads = sources.empty();
      if ((leads && (summary || units.empty())) || !empty_for_all(source, units))
        sources.push_back(std::move(source));
    }
  }

  Table table;
  for (const Source& source : sources) {
    const bool repeated = !table.columns.empty() && table.columns.back().title == source.field->title;
    table.columns.push_back({std::string(source.field->title), source.several ? source.key : "",
                             repeated ? 0 : source.field->min_width, repeated ? 0 : source.field->max_width});
  }
  if (summary && !table.columns.empty())
    table.columns.front().max_width = std::max(table.columns.front().max_width, kSummaryTitle.size());
  for (const Unit& unit : units) {
    Row& row = table.units.emplace_back();
    for (const Source& source : sources)
      row.push_back(unit_cell(source, unit));
  }
  table.has_summary = summary;
  if (!summary) return table;
  for (const SummaryRow& summary_row : summarise(units)) {
    Row& row = table.summaries.emplace_back();
    for (const Source& source : sources)
      row.push_back(summary_cell(source, summary_row));
  }
  return table;
}

Row head_row(const Table& table, std::string Column::* text) {
  Row row;
  row.reserve(table.columns.size());
  for (const Column& column : table.columns)
    row.push_back(column.*text);
  return row;
}

Row summary_row(const Table& table) {
  Row row(table.columns.size());
  row.front() = kSummaryTitle;
  return row;
}

}  // namespace ceems::report
