// Asking a resource manager who ran what. One Manager per configured cluster. Calls may block for as long as
// the manager's own time limits allow; one thread at a time, except cancel().
#pragma once

#include "base/result.h"
#include "tsdb/client.h"

#include <cstdint>
#include <string>
#include <vector>

namespace ceems::manager {

using tsdb::Milliseconds;
using tsdb::TimePoint;

// After `start`, up to and including `end`.
struct Window {
  TimePoint start{};
  TimePoint end{};
  // Managers whose records come late look back to here for what earlier windows could not know.
  TimePoint horizon{};
  // If after the end: up to here it is known what runs, and managers tell which units of the same ids follow.
  TimePoint known_until{};
};

// What a unit was allocated for how long, inside a window.
struct AllocatedTime {
  double walltime = 0;      // s
  double cpu_time = 0;      // CPUs x s
  double cpu_mem_time = 0;  // MiB x s; other managers keep other units, see their headers
  double gpu_time = 0;      // GPUs x s
  double gpu_mem_time = 0;  // s while it has GPUs
};

// One unit as it stands at the end of a window. Times are UTC milliseconds, 0 for unknown or not yet.
struct Unit {
  std::string resource_manager{};
  std::string uuid{};
  std::string name{};
  std::string project{};
  std::string groupname{};
  std::string username{};
  std::int64_t created_at_ms = 0;
  std::int64_t started_at_ms = 0;
  std::int64_t ended_at_ms = 0;
  std::int64_t elapsed_seconds = 0;
  std::string state{};
  std::string allocation = "{}";  // a JSON object
  std::string tags = "{}";        // a JSON object
  // The units of the same id before and after it, where the manager knows them; 0: there is none.
  std::int64_t previous_ended_at_ms = 0;
  std::int64_t next_started_at_ms = 0;
  bool may_recur = false;  // another may follow at once that the manager does not know of
  AllocatedTime time{};    // of the window alone
};

// A unit as it was reported before: one that had not ended when the window began, or that ended after the
// window's horizon.
struct KnownUnit {
  std::string resource_manager{};
  std::string uuid{};
  std::string name{};
  std::string project{};
  std::string groupname{};
  std::string username{};
  std::int64_t started_at_ms = 0;
  std::int64_t ended_at_ms = 0;  // 0: it had not
  double walltime_seconds = 0;   // reported so far
  std::string allocation = "{}";
  std::string tags = "{}";
};

struct Member {
  std::string uid{};
  std::string name{};
  std::vector<std::string> belongs_to{};  // the projects of a user; the users of a project
  std::vector<std::string> tags{};
};

struct Membership {
  std::vector<Member> users{};
  std::vector<Member> projects{};
  bool complete = true;  // this is everybody; false: only those seen this time
};

class Manager {
 public:
  virtual ~Manager() = default;

  // For how long a record of the manager may be late. With 0 no `known` unit has ended, and the window's
  // horizon is its start.
  virtual Milliseconds look_back() const { return Milliseconds(0); }
  // Units that ran in the window. Successive windows touch and never overlap; a window that failed is asked
  // for again, with the same `known`.
  virtual base::Result<std::vector<Unit>> fetch_units(const Window& window,
                                                      const std::vector<KnownUnit>& known) = 0;
  // Called after fetch_units() of the same window.
  virtual base::Result<Membership> fetch_membership(TimePoint now) = 0;
  // Makes the running call and later ones fail with kCancelled.
  virtual void cancel() = 0;
};

}  // namespace ceems::manager
