#include "report/summary.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace ceems::report {

namespace {

// The mean of one sub-metric under three weights; the first that has any is used.
struct Accumulator {
  enum Weight : std::uint8_t { kAllocated, kWalltime, kOne };
  std::array<double, 3> sums{};
  std::array<double, 3> weights{};

  void add(double value, const std::array<double, 3>& by) {
    for (std::size_t i = 0; i < by.size(); ++i) {
      sums[i] += value * by[i];
      weights[i] += by[i];
    }
  }
  double mean() const {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      if (weights[i] > 0) return sums[i] / weights[i];
    }
    return 0;
  }
  double total() const { return sums[kOne]; }
};

using Accumulators = std::array<std::map<std::string, Accumulator>, kMetricFields>;

double time_of(const Unit& unit, std::string_view key) {
  const double* seconds = find_metric(unit.total_time_seconds, key);
  return seconds == nullptr ? 0 : *seconds;
}

void add(const Unit& unit, Accumulators& accumulators) {
  for (const Field& field : all_fields()) {
    if (field.kind == FieldKind::kText) continue;
    for (const auto& [name, value] : unit.metrics[field.slot])
      accumulators[field.slot][name].add(value,
                                         {time_of(unit, field.weight), time_of(unit, "walltime"), 1.0});
  }
}

void finish(const Accumulators& accumulators, SummaryRow& row) {
  for (const Field& field : all_fields()) {
    if (field.kind == FieldKind::kText) continue;
    for (const auto& [name, accumulator] : accumulators[field.slot]) {
      const double value = field.kind == FieldKind::kUsage ? accumulator.mean() : accumulator.total();
      row.metrics[field.slot].emplace_back(name, value);
    }
  }
}

}  // namespace

std::vector<SummaryRow> summarise(const std::vector<Unit>& units) {
  struct Group {
    SummaryRow row;
    Accumulators accumulators;
  };
  std::map<std::pair<std::string, std::string>, Group> groups;
  for (const Unit& unit : units) {
    const std::string& user = unit.texts[kUserSlot];
    const std::string& project = unit.texts[kProjectSlot];
    Group& group = groups[{user, project}];
    if (group.row.units == 0) {
      group.row.user = user;
      group.row.project = project;
      group.row.group = unit.texts[kGroupSlot];
    }
    ++group.row.units;
    group.row.walltime_seconds += time_of(unit, "walltime");
    add(unit, group.accumulators);
  }
  std::vector<SummaryRow> rows;
  rows.reserve(groups.size());
  for (auto& [key, group] : groups) {
    finish(group.accumulators, group.row);
    rows.push_back(std::move(group.row));
  }
  return rows;
}

std::string print_elapsed(double seconds) {
  constexpr double kLongest = 1e15;
  if (!(seconds >= 1) || seconds > kLongest) return "";
  const auto total = static_cast<std::int64_t>(std::floor(seconds));
  const std::int64_t days = total / 86'400;
  const std::string clock = fmt::format("{:02}:{:02}:{:02}", total / 3'600 % 24, total / 60 % 60, total % 60);
  return days > 0 ? fmt::format("{}-{}", days, clock) : clock;
}

}  // namespace ceems::report
