#include "update/cluster_cycle.h"

#include "base/log.h"
#include "update/convert.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::update {

namespace {

TimePoint at(std::int64_t ms) {
  return TimePoint(Milliseconds(ms));
}
std::int64_t ms_of(TimePoint time) {
  return time.time_since_epoch().count();
}

}  // namespace

std::optional<Window> next_window(TimePoint start, TimePoint now, Milliseconds shortest,
                                  const CycleSettings& settings) {
  // Queries count whole seconds: windows end on one, so that nothing falls between two of them.
  constexpr Milliseconds kLeast{1'000};
  shortest = std::max(std::chrono::ceil<std::chrono::seconds>(shortest) + Milliseconds(0), kLeast);
  const TimePoint limit = std::chrono::floor<std::chrono::seconds>(now);
  if (limit - start < shortest) return std::nullopt;
  TimePoint end = std::min(start + std::max(settings.max_window, shortest), limit);
  if (settings.accounting == store::Accounting::kExact) {
    const TimePoint midnight = at(settings.time_zone.next_day_start(ms_of(start)));
    if (midnight < end && midnight - start >= shortest) end = midnight;
  }
  return Window{.start = start, .end = end};
}

ClusterCycle::ClusterCycle(manager::ClusterSettings cluster, std::unique_ptr<manager::Manager> manager,
                           std::vector<Updater*> updaters, store::Writer& writer, CycleSettings settings)
    : cluster_(std::move(cluster)),
      manager_(std::move(manager)),
      writer_(writer),
      settings_(std::move(settings)) {
  MetricSet taken;
  for (auto updater = updaters.rbegin(); updater != updaters.rend(); ++updater) {
    const MetricSet own = (*updater)->metrics() & ~taken;
    taken |= own;
    updaters_.emplace_back(*updater, own);
  }
  std::ranges::reverse(updaters_);
}

void ClusterCycle::cancel() {
  manager_->cancel();
  for (const auto& [updater, metrics] : updaters_)
    updater->cancel();
}

base::Status ClusterCycle::catch_up(TimePoint now, const std::function<bool()>& pause) {
  Milliseconds shortest{0};
  Milliseconds settling{0};
  for (const auto& [updater, metrics] : updaters_) {
    shortest = std::max(shortest, updater->shortest_window());
    settling = std::max(settling, updater->settling_time());
  }
  CEEMS_TRY(const std::int64_t beginning_ms, writer_.begin(cluster_.id, settings_.update_from_ms));
  for (bool first = true;; first = false) {
    CEEMS_TRY(const std::int64_t start_ms, writer_.window_start(cluster_.id, settings_.update_from_ms));
    auto window = next_window(at(start_ms), now - settling, shortest, settings_);
    if (!window) return {};
    // Nothing is known of the time before the first window.
    window->horizon = std::clamp(at(beginning_ms), window->start - manager_->look_back(), window->start);
    window->known_until = window->end + settling;
    if (!first && !pause()) return base::fail(base::ErrorCode::kCancelled, cluster_.id, "stopping");
    if (auto status = step(*window, now); !status)
      return base::wrap(std::move(status).error(),
                        fmt::format("window {} to {}", settings_.time_zone.zoned(start_ms),
                                    settings_.time_zone.zoned(ms_of(window->end))));
  }
}

base::Status ClusterCycle::step(const Window& window, TimePoint now) {
  std::optional<std::int64_t> ended_since_ms;
  // Managers count whole seconds.
  if (manager_->look_back().count() > 0) ended_since_ms = ms_of(window.horizon) - 1'000;
  CEEMS_TRY(const std::vector<store::RunningUnit> running,
            writer_.running_units(cluster_.id, ended_since_ms));
  CEEMS_TRY(std::vector<manager::Unit> units, manager_->fetch_units(window, to_known(running)));
  store::WindowResult result{.cluster_id = cluster_.id,
                             .manager = cluster_.manager,
                             .start_ms = ms_of(window.start),
                             .end_ms = ms_of(window.end),
                             .units = to_rows(cluster_.id, std::move(units), running, settings_.time_zone)};
  auto membership = manager_->fetch_membership(window.end);
  if (membership) {
    result.membership = to_rows(*std::move(membership));
  } else if (membership.error().code == base::ErrorCode::kCancelled) {
    return std::unexpected(std::move(membership).error());
  } else {
    // Who belongs to what stays as it was; the window need not wait for it.
    base::Logger().warn("users and projects are not known this time",
                        {{"cluster", cluster_.id}, {"error", membership.error()}});
  }
  std::vector<std::pair<Updater*, Cleanup>> cleanups;
  for (const auto& [updater, metrics] : updaters_) {
    if (result.units.empty()) break;
    CEEMS_TRY(Filled filled, updater->fill(cluster_.id, window, std::move(result.units), metrics, now));
    result.units = std::move(filled.units);
    for (store::PendingWindow& owed : filled.owed)
      result.pending.push_back(std::move(owed));
    if (!filled.cleanup.matchers.empty()) cleanups.emplace_back(updater, std::move(filled.cleanup));
  }
  CEEMS_TRY_VOID(writer_.commit_window(result));
  clean_up(cleanups, !result.pending.empty());
  base::Logger().debug("window is done", {{"cluster", cluster_.id},
                                          {"until", settings_.time_zone.zoned(result.end_ms)},
                                          {"units", result.units.size()},
                                          {"owed", result.pending.size()}});
  return {};
}

void ClusterCycle::clean_up(const std::vector<std::pair<Updater*, Cleanup>>& cleanups, bool owes) {
  if (cleanups.empty()) return;
  const auto pending = writer_.count_pending(cluster_.id);
  if (owes || !pending || *pending > 0) {
    base::Logger().info("series are not deleted while queries over them are owed",
                        {{"cluster", cluster_.id}});
    return;
  }
  for (const auto& [updater, cleanup] : cleanups)
    if (auto status = updater->clean_up(cleanup); !status)
      base::Logger().warn("series cannot be deleted", {{"cluster", cluster_.id}, {"error", status.error()}});
}

}  // namespace ceems::update
