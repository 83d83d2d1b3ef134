#include "program/configuration.h"

#include "base/log.h"

#include <cstdio>

#include <fmt/format.h>

namespace ceems::program {

int report_check(const base::Status& status, const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings)
    fmt::print(stderr, "{}\n", warning);
  if (!status) fmt::print(stderr, "{}\n", status.error().text());
  if (!status || !warnings.empty()) return 1;
  fmt::print("configuration is valid\n");
  return 0;
}

void log_reload(const base::Status& status, const std::string& file) {
  const base::Logger log;
  if (status) {
    log.info("the configuration was read again", {{"file", file}});
  } else {
    log.error("the configuration was not read again: the former one stays in use", {{"err", status.error()}});
  }
}

}  // namespace ceems::program
