// The update cycle as it runs in the server: managers, updaters, the database's writer and their threads.
#pragma once

#include "base/result.h"
#include "update/grafana.h"
#include "update/settings.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ceems::update {

struct ServiceOptions {
  std::vector<std::string> administrators{};  // of the configuration, and the account of our own components
  GrafanaSettings grafana{};                  // more of them
  bool keep_expired = false;                  // never purge
};

// How one cluster fares.
struct ClusterState {
  std::string id{};
  std::string manager{};
  std::int64_t window_end_ms = 0;    // up to when it is accounted; 0: not yet
  std::int64_t last_success_ms = 0;  // when that was written; 0: not since the start
  std::int64_t failures_in_a_row = 0;
  std::int64_t updates = 0;          // tried since the start
  std::int64_t failures = 0;         // of those
  double last_duration_seconds = 0;  // of the last one
  std::string last_error{};
  std::int64_t pending_windows = 0;  // windows whose queries are owed
};

// How the work fares that is not about one cluster. Times in milliseconds; 0: not since the start.
struct HousekeepingState {
  bool makes_backups = false;
  std::int64_t last_backup_ms = 0;  // a backup that an earlier server made counts
  std::int64_t backup_failures = 0;
  bool asks_grafana = false;
  std::int64_t last_grafana_success_ms = 0;  // when all teams answered
  std::int64_t grafana_failures = 0;         // rounds in which one did not
  std::int64_t rollup_differences = 0;       // see store::Writer
};

// Thread-safe.
class Service {
 public:
  // Opens or upgrades the database, and checks that everything can be built. Contacts nobody.
  static base::Result<std::unique_ptr<Service>> create(Settings settings, ServiceOptions options);
  virtual ~Service() = default;  // stops

  // On threads of its own: updates, and asks Grafana for administrators, at once and then at every update
  // interval; makes a backup when the newest is as old as the backup interval, or there is none.
  virtual void start() = 0;
  // Ends running requests and waits for the threads.
  virtual void stop() = 0;

  virtual std::vector<ClusterState> state() const = 0;
  virtual HousekeepingState housekeeping() const = 0;
};

}  // namespace ceems::update
