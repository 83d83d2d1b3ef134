// Giving up what a program was started with: from root to an ordinary user with the fewest capabilities, and
// back to single capabilities for single actions. Capabilities belong to threads, so dropping comes before
// any thread starts. See capabilities(7), prctl(2).
#pragma once

#include "base/result.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::base {

// What one feature will need after the drop.
struct CapabilityNeed {
  std::string feature;                         // as operators know it: "rapl"
  std::vector<std::string_view> capabilities;  // "CAP_DAC_READ_SEARCH"
  std::string purpose{};                       // what operators lose without them; may be empty
};

struct DropOptions {
  std::string user;  // name or id to become when started as root
  std::vector<CapabilityNeed> needs;
  // Keep the needed capabilities effective all the time, and run privileged actions in place.
  bool keep_effective = false;
  // Set where a feature must run a program with more privileges than it has itself (sudo, file capabilities).
  bool allow_new_privileges = false;
};

struct MissingCapability {
  std::string feature;
  std::string_view capability;
  std::string purpose{};  // of the feature's need
};

struct DropReport {
  std::string user;  // who the process runs as now
  bool changed_user = false;
  std::vector<std::string_view> kept;      // permitted from now on, sorted
  std::vector<MissingCapability> missing;  // needed, but this process was not given it
};

// Drops for good. Started as root: becomes `user` with that user's groups and HOME. In any case: permitted =
// needed and held before; effective and inheritable empty; ambient and bounding set cleared down to that; no
// new privileges. A capability that is missing is reported, not an error. Errors: unknown user or capability,
// threads already running, the kernel's refusal.
Result<DropReport> drop_privileges(const DropOptions& options);

// Runs `action` on a thread of its own which alone has these capabilities, and waits for it. What cannot be
// raised is left out: the action then fails by itself. The action must not start threads. Without
// drop_privileges() before, or with keep_effective, it runs in place. Thread-safe.
void run_privileged(std::span<const std::string_view> capabilities, const std::function<void()>& action);

// Those of this process's permitted capabilities, sorted: {"CAP_CHOWN", …}.
std::vector<std::string> permitted_capabilities();

}  // namespace ceems::base
