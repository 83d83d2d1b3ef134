#include "run.h"

#include "base/log.h"
#include "configuration.h"
#include "file_needs.h"
#include "program/configuration.h"
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
  CEEMS_TRY(const Configuration configuration,
            program::load_with(file_access, [&] { return load_configuration(options); }));
  warn(configuration);
  return serving.exchange(configuration);
}

void reload(const Options& options, const program::FileAccess& file_access, Serving& serving) {
  const auto status = try_to_reload(options, file_access, serving);
  program::log_reload(status, options.config_file);
  if (!status) serving.reload_failed();
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
