#include "base/privilege.h"

#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "base/user.h"

#include <grp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>

namespace ceems::base {

namespace {

std::atomic<bool> raise_on_own_thread{false};

struct FreeCapabilities {
  void operator()(cap_t caps) const { ::cap_free(caps); }
};
using CapabilitySet = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

struct NamedCapability {
  std::string_view name;
  cap_value_t value = 0;
};

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

Result<cap_value_t> capability_value(std::string_view name) {
  const std::string lower = to_lower(name);
  cap_value_t value = 0;
  if (::cap_from_name(lower.c_str(), &value) != 0)
    return fail(ErrorCode::kInvalid, name, "no such capability");
  return value;
}

bool is_permitted(cap_t caps, cap_value_t value) {
  cap_flag_value_t flag = CAP_CLEAR;
  return ::cap_get_flag(caps, value, CAP_PERMITTED, &flag) == 0 && flag == CAP_SET;
}

// permitted = `values`; effective the same or empty; inheritable empty.
Status set_capabilities(const std::vector<cap_value_t>& values, bool effective) {
  const CapabilitySet caps(::cap_init());
  if (!caps) return fail_errno(errno, "capabilities");
  const int count = static_cast<int>(values.size());
  if (count > 0) {
    if (::cap_set_flag(caps.get(), CAP_PERMITTED, count, values.data(), CAP_SET) != 0)
      return fail_errno(errno, "permitted capabilities");
    if (effective && ::cap_set_flag(caps.get(), CAP_EFFECTIVE, count, values.data(), CAP_SET) != 0)
      return fail_errno(errno, "effective capabilities");
  }
  if (::cap_set_proc(caps.get()) != 0) return fail_errno(errno, "capabilities");
  return {};
}

// Best effort: needs CAP_SETPCAP, which a process that was not started as root lacks.
void shrink_bounding_set(const std::vector<cap_value_t>& keep) {
  for (cap_value_t value = 0; ::prctl(PR_CAPBSET_READ, value, 0, 0, 0) >= 0; ++value) {
    if (std::ranges::find(keep, value) == keep.end()) ::prctl(PR_CAPBSET_DROP, value, 0, 0, 0);
  }
}

Result<std::size_t> thread_count() {
  CEEMS_TRY(const std::vector<std::string> threads, list_directory("/proc/self/task"));
  return threads.size();
}

Status become(const User& user) {
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return fail_errno(errno, "PR_SET_KEEPCAPS");
  if (::setgroups(user.groups.size(), user.groups.data()) != 0) return fail_errno(errno, "setgroups");
  if (::setresgid(user.gid, user.gid, user.gid) != 0) return fail_errno(errno, "setresgid");
  if (::setresuid(user.uid, user.uid, user.uid) != 0) return fail_errno(errno, "setresuid");
  if (::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) != 0) return fail_errno(errno, "PR_SET_KEEPCAPS");
  if (::setenv("HOME", user.home.c_str(), 1) != 0) return fail_errno(errno, "HOME");
  return {};
}

// The needed capabilities that this process holds, and in `report` those that it lacks.
Result<std::vector<NamedCapability>> held_needs(const std::vector<CapabilityNeed>& needs,
                                                DropReport& report) {
  const CapabilitySet current(::cap_get_proc());
  if (!current) return fail_errno(errno, "capabilities");
  std::vector<NamedCapability> held;
  for (const CapabilityNeed& need : needs) {
    for (const std::string_view name : need.capabilities) {
      CEEMS_TRY(const cap_value_t value, capability_value(name));
      if (!is_permitted(current.get(), value)) {
        report.missing.push_back(MissingCapability{need.feature, name, need.purpose});
      } else if (std::ranges::find(held, value, &NamedCapability::value) == held.end()) {
        held.push_back(NamedCapability{name, value});
      }
    }
  }
  std::ranges::sort(held, {}, &NamedCapability::name);
  return held;
}

}  // namespace

Result<DropReport> drop_privileges(const DropOptions& options) {
  CEEMS_TRY(const std::size_t threads, thread_count());
  if (threads != 1) return fail(ErrorCode::kInternal, "", "privileges must be dropped before threads start");
  DropReport report;
  CEEMS_TRY(const std::vector<NamedCapability> held, held_needs(options.needs, report));
  std::vector<cap_value_t> values;
  for (const NamedCapability& capability : held) {
    values.push_back(capability.value);
    report.kept.push_back(capability.name);
  }

  if (::geteuid() == 0) {
    CEEMS_TRY(const User user, find_user(options.user));
    shrink_bounding_set(values);
    if (user.uid != ::getuid() || user.gid != ::getgid()) {
      CEEMS_TRY_VOID(become(user));
      report.changed_user = true;
    }
    report.user = user.name;
  } else {
    shrink_bounding_set(values);
    report.user = current_user().name;
  }
  // Kernels before 4.3 have no ambient set.
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
    return fail_errno(errno, "PR_CAP_AMBIENT");
  CEEMS_TRY_VOID(set_capabilities(values, options.keep_effective));
  if (!options.allow_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail_errno(errno, "PR_SET_NO_NEW_PRIVS");
  raise_on_own_thread.store(!options.keep_effective, std::memory_order_relaxed);
  return report;
}

void run_privileged(std::span<const std::string_view> capabilities, const std::function<void()>& action) {
  if (!raise_on_own_thread.load(std::memory_order_relaxed)) {
    action();
    return;
  }
  const auto raise_and_run = [&] {
    const CapabilitySet permitted(::cap_get_proc());
    std::vector<cap_value_t> values;
    for (const std::string_view name : capabilities) {
      const auto value = capability_value(name);
      CEEMS_CHECK(value.has_value());
      if (permitted && is_permitted(permitted.get(), *value)) values.push_back(*value);
    }
    // If this fails the action is tried all the same, and says itself what it could not do.
    (void)set_capabilities(values, true);
    action();
  };
  try {
    std::thread(raise_and_run).join();
  } catch (const std::system_error&) {
    action();  // no thread to be had: without the capabilities, then
  }
}

std::vector<std::string> permitted_capabilities() {
  std::vector<std::string> names;
  const CapabilitySet current(::cap_get_proc());
  if (!current) return names;
  for (cap_value_t value = 0; ::prctl(PR_CAPBSET_READ, value, 0, 0, 0) >= 0; ++value) {
    if (!is_permitted(current.get(), value)) continue;
    char* name = ::cap_to_name(value);
    if (name == nullptr) continue;
    names.push_back(upper(name));
    ::cap_free(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace ceems::base
