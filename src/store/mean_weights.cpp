#include "store/mean_weights.h"

#include "base/log.h"
#include "store/json_scan.h"
#include "store/progress.h"
#include "store/rollup.h"
#include "store/sqlite.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace ceems::store {

namespace {

constexpr std::array<std::string_view, MeanWeights::kKeys> kKeysOfTimes = {
    "walltime", "alloc_cputime", "alloc_cpumemtime", "alloc_gputime", "alloc_gpumemtime"};

// In the database they are a flat list of names and keys.
constexpr std::string_view kState = "avg_custom_stats_weights";

std::string to_text(const MeanWeights& weights) {
  std::vector<std::string> texts;
  for (const auto& [name, key] : weights.custom()) {
    texts.push_back(name);
    texts.push_back(key);
  }
  return to_json(texts);
}

}  // namespace

std::span<const std::string_view> MeanWeights::keys() {
  return kKeysOfTimes;
}

std::string_view MeanWeights::key_of(Metric metric, std::string_view name) const {
  if (metric == Metric::kAvgCustomStats)
    if (const auto custom = custom_.find(name); custom != custom_.end()) return custom->second;
  return weight_key(metric);
}

std::size_t MeanWeights::place_of(Metric metric, std::string_view name) const {
  const auto* const at = std::ranges::find(kKeysOfTimes, key_of(metric, name));
  return at == kKeysOfTimes.end() ? 0 : static_cast<std::size_t>(at - kKeysOfTimes.begin());
}

double MeanWeights::weight_of(Metric metric, std::string_view name, const MetricMap& times) const {
  return times.value_or(key_of(metric, name), 0);
}

base::Result<MeanWeights> read_mean_weights(Connection& connection) {
  // Whoever reads may be quicker than whoever makes the tables.
  CEEMS_TRY(const std::int64_t tables,
            connection.integer_of("select count(*) from sqlite_master where name = 'ceems_state'"));
  if (tables == 0) return MeanWeights();
  CEEMS_TRY(const std::optional<std::string> text, read_state(connection, kState));
  if (!text) return MeanWeights();
  CEEMS_TRY(const std::vector<std::string> texts, parse_string_list(*text));
  MeanWeights::ByName custom;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2)
    if (std::ranges::find(kKeysOfTimes, texts[i + 1]) != kKeysOfTimes.end())
      custom.emplace(texts[i], texts[i + 1]);
  return MeanWeights(std::move(custom));
}

base::Status adopt_mean_weights(Connection& connection, const MeanWeights& weights) {
  CEEMS_TRY(Transaction transaction, Transaction::begin(connection, Transaction::Kind::kWrite));
  CEEMS_TRY(const MeanWeights before, read_mean_weights(connection));
  if (before == weights) return {};
  CEEMS_TRY_VOID(write_state(connection, kState, to_text(weights)));
  CEEMS_TRY_VOID(forget_coverage(connection));
  CEEMS_TRY_VOID(transaction.commit());
  base::Logger().info("averages of one's own have other weights from now on",
                      {{"weights", to_text(weights)}});
  return {};
}

}  // namespace ceems::store
