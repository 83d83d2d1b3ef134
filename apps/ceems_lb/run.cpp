#include "run.h"

#include "base/log.h"
#include "configuration.h"
#include "file_needs.h"
#include "program/privileges.h"
#include "program/signals.h"
#include "program/start.h"
#include "serving.h"

#include <chrono>
#include <memory>
#include <utility>

namespace ceems::load_balancer {

namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};

void warn(const Configuration& configuration) {
  for (const std::string& warning : configuration.warnings)
    base::Logger().warn("unknown key in the configuration", {{"key", warning}});
}

base::Status try_to_reload(const Options& options, const program::FileAccess& file_access, Serving& serving) {
  base::Result<Configuration> configuration;
  const auto load = [&] { configuration = load_configuration(options); };
  if (file_access) {
    file_access(load);
  } else {
    load();
  }
  if (!configuration) return std::unexpected(configuration.error());
  warn(*configuration);
  return serving.exchange(*configuration);
}

void reload(const Options& options, const program::FileAccess& file_access, Serving& serving) {
  const base::Logger log;
  if (const auto status = try_to_reload(options, file_access, serving); !status) {
    log.error("the configuration was not read again: the former one stays in use", {{"err", status.error()}});
    serving.reload_failed();
    return;
  }
  log.info("the configuration was read again", {{"file", options.config_file}});
}

base::Status serve(const Options& options, const Configuration& configuration,
                   program::Privileges& privileges, program::Signals& signals) {
  CEEMS_TRY(const std::unique_ptr<Serving> serving,
            Serving::create(options, configuration, privileges.file_access()));
  CEEMS_TRY_VOID(privileges.drop());
  CEEMS_TRY_VOID(serving->start(configuration));
  signals.wait([&] { reload(options, privileges.file_access(), *serving); });
  serving->stop(kStopGrace);
  return {};
}

}  // namespace

base::Status run(const Options& options) {
  program::Signals signals(program::Signals::Reload::kYes);
  program::log_start("ceems_lb");
  // A descriptor for each client, and one for each of their requests.
  program::raise_descriptor_limit();
  CEEMS_TRY(const Configuration configuration, load_configuration(options));
  warn(configuration);
  CEEMS_TRY(program::Privileges privileges,
            program::Privileges::prepare(options.security, file_needs(options, configuration.settings)));
  const base::Status status = serve(options, configuration, privileges, signals);
  privileges.give_back();
  return status;
}

}  // namespace ceems::load_balancer
