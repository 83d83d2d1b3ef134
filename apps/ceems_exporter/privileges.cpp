#include "privileges.h"

#include "base/log.h"
#include "base/text.h"
#include "base/user.h"
#include "config/web_config.h"

#include <unistd.h>

#include <array>
#include <string>

namespace ceems::exporter {

namespace {

constexpr std::array<std::string_view, 1> kReadAnything{"CAP_DAC_READ_SEARCH"};

}  // namespace

base::Result<FileAccess> web_file_access(const Options& options, std::vector<base::CapabilityNeed>& needs) {
  if (options.web.config_file.empty() || !options.security.drop_privileges) return FileAccess();
  CEEMS_TRY(const std::vector<std::string> files, config::web_config_files(options.web.config_file));
  base::User user = base::current_user();
  if (::geteuid() == 0) {
    CEEMS_TRY(user, base::find_user(options.security.run_as_user));
  }
  CEEMS_TRY(const std::vector<std::string> unreadable, base::unreadable_files(user, files));
  if (unreadable.empty()) return FileAccess();
  base::Logger().info("files of the web configuration are readable only with privileges",
                      {{"user", user.name}, {"files", base::join(unreadable, ",")}});
  needs.push_back({"web-config", {kReadAnything.begin(), kReadAnything.end()}});
  return FileAccess([](const std::function<void()>& look) { base::run_privileged(kReadAnything, look); });
}

base::Result<std::vector<base::MissingCapability>> drop(const SecurityOptions& options,
                                                        const std::vector<base::CapabilityNeed>& needs) {
  const base::Logger log;
  if (!options.drop_privileges) return std::vector<base::MissingCapability>();
  if (::geteuid() == 0)
    log.info("started as root: privileges will be dropped", {{"user", options.run_as_user}});
  CEEMS_TRY(
      base::DropReport report,
      base::drop_privileges(
          {.user = options.run_as_user, .needs = needs, .keep_effective = options.disable_cap_awareness}));
  std::string kept;
  for (const std::string_view name : report.kept) {
    if (!kept.empty()) kept += ',';
    kept += name;
  }
  log.info("running without further privileges", {{"user", report.user}, {"capabilities", kept}});
  for (const base::MissingCapability& missing : report.missing) {
    log.warn("a feature lacks a capability and will work in part or not at all",
             {{"feature", missing.feature}, {"capability", missing.capability}});
  }
  return std::move(report.missing);
}

}  // namespace ceems::exporter
