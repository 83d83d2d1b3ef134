// The environment of a process, as it was when its program was started, or as the program has changed it
// since: its user's text. Thread-safe.
//
// Source: proc(5), /proc/<pid>/environ.
#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::unit {

inline constexpr std::size_t kMostEnvironment = std::size_t{1} << 20;

// Up to kMostEnvironment bytes of it; an entry that is cut off there is left out. Needs CAP_SYS_PTRACE and
// CAP_DAC_READ_SEARCH for processes of others.
base::Result<std::string> read_environment(const std::string& procfs, pid_t pid);

// The value of the first entry "<name>=…"; nullopt if there is none.
std::optional<std::string_view> variable(std::string_view environment, std::string_view name);

}  // namespace ceems::unit
