// What servers say of their configuration: when it is checked, and when it is read again.
#pragma once

#include "base/result.h"
#include "program/privileges.h"

#include <string>
#include <vector>

namespace ceems::program {

// The verdict of --config.check: what is wrong on stderr, or on stdout that nothing is. Returns the exit
// status.
int report_check(const base::Status& status, const std::vector<std::string>& warnings = {});

// What `load` returns, run with the privileges that reading files takes.
template <class Load>
auto load_with(const FileAccess& access, Load load) -> decltype(load()) {
  if (!access) return load();
  decltype(load()) result;
  access([&] { result = load(); });
  return result;
}

// Logs whether the configuration, from that file, was read again.
void log_reload(const base::Status& status, const std::string& file);

}  // namespace ceems::program
