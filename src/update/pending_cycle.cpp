#include "update/pending_cycle.h"

#include "base/log.h"
#include "update/query_runner.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace ceems::update {

namespace {

constexpr std::size_t kAtOnce = 50;

store::PendingOutcome give_up(const store::PendingWindow& window) {
  base::Logger().error(
      "queries of a window belong to an updater that is not configured any more and are given up",
      {{"cluster", window.cluster_id},
       {"updater", window.updater_id},
       {"queries", window.queries.size()},
       {"units", window.units.size()}});
  return {.id = window.id, .abandoned = window.queries};
}

}  // namespace

base::Status ask_again(store::Writer& writer, const std::vector<Updater*>& updaters, TimePoint now,
                       const std::function<bool()>& go_on) {
  std::set<std::string> out_of_service;
  for (;;) {
    CEEMS_TRY(const std::vector<store::PendingWindow> due,
              writer.due_windows(now.time_since_epoch().count(), kAtOnce));
    if (due.empty()) return {};
    for (const store::PendingWindow& window : due) {
      if (!go_on()) return {};
      const auto updater =
          std::ranges::find(updaters, window.updater_id, [](const Updater* u) { return u->id(); });
      if (updater == updaters.end()) {
        CEEMS_TRY_VOID(writer.settle(give_up(window)));
        continue;
      }
      store::PendingOutcome later{
          .id = window.id,
          .next_attempt_ms = (now + retry_delay(window.attempts + 1)).time_since_epoch().count(),
          .reason = "the server is out of service"};
      if (!out_of_service.contains(window.updater_id)) {
        auto outcome = (*updater)->ask_again(window, now);
        if (outcome) {
          CEEMS_TRY_VOID(writer.settle(*outcome));
          continue;
        }
        if (!is_out_of_service(outcome.error())) return std::unexpected(std::move(outcome).error());
        later.reason = outcome.error().text();
        out_of_service.insert(window.updater_id);
      }
      CEEMS_TRY_VOID(writer.settle(later));
    }
  }
}

}  // namespace ceems::update
