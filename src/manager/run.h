// What every manager tells of a unit, and what a window adds to it. A unit whose resources were given back
// and taken again is several runs of one id. Pure functions.
#pragma once

#include "manager/manager.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

// UTC milliseconds; to_ms 0: it goes on.
struct Stretch {
  std::int64_t from_ms = 0;
  std::int64_t to_ms = 0;
};

// Times are UTC milliseconds, 0 for unknown or not yet.
struct Run {
  std::string id{};
  std::string name{};
  std::string project{};
  std::string group{};
  std::string user{};
  std::int64_t created_ms = 0;
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::optional<std::int64_t> elapsed_seconds{};  // as the manager counts it; absent: since its start
  std::string state{};
  std::string running_state{};    // shown while it runs, if `state` is that of a later time
  std::string allocation = "{}";  // a JSON object
  std::string tags = "{}";        // a JSON object
  double cpus = 0;
  double gpus = 0;
  std::optional<double> memory{};   // in what cpu_mem_time counts; absent: cpu_mem_time is the plain time
  bool gpu_memory_by_gpus = false;  // gpu_mem_time is GPUs x s rather than the plain time
  std::vector<Stretch> pauses{};    // when it held nothing: apart from each other
};

// The units of the window among the runs, each as it stood at the window's end:
// - the time that adds up is what a run held its resources inside the window, in whole seconds;
// - a run that was never reported before, because its record came late, also counts what it ran after the
//   horizon, and in full if it ended before the window;
// - one whose end came late gives back what windows counted after it: that time is negative;
// - one that was reported as ended is left out, and so is one that ended before the horizon, that starts
// after
//   the window, or not yet.
// Of runs that agree in id and start the first counts. Runs of one id know when the one before ended and the
// one after started, where these are among the runs, which may reach beyond the window on both sides.
// `known` units of other managers than `kind` are none of this one's business.
std::vector<Unit> units_of_runs(std::string_view kind, const std::vector<Run>& runs, const Window& window,
                                const std::vector<KnownUnit>& known);

// Milliseconds between two times in which the run held its resources.
std::int64_t active_ms(const Run& run, std::int64_t from_ms, std::int64_t to_ms);

// What is left to report of a unit that nothing more is known of: it ended then, with that state.
Unit ended_unit(const KnownUnit& known, std::int64_t ended_at_ms, std::string_view state);

}  // namespace ceems::manager
