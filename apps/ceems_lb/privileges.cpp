#include "privileges.h"

#include "base/file.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/text.h"
#include "base/user.h"
#include "config/http_client.h"
#include "config/web_config.h"
#include "store/writer.h"

#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

namespace ceems::load_balancer {

namespace {

constexpr std::array<std::string_view, 1> kReadAnything{"CAP_DAC_READ_SEARCH"};
constexpr std::array<std::string_view, 1> kChangeAnybodys{"CAP_FOWNER"};

void add_files(std::vector<base::PathNeed>& needs, const config::HttpClientConfig& web) {
  for (std::string& path : config::files_of(web))
    needs.push_back({std::move(path), R_OK});
}

std::vector<base::PathNeed> needs_of(const lb::Settings& settings) {
  std::vector<base::PathNeed> needs;
  if (settings.data_path && base::is_directory(*settings.data_path)) {
    needs.push_back({*settings.data_path, R_OK | X_OK});
    const std::string database = store::database_path(*settings.data_path);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      if (base::exists(database + suffix)) needs.push_back({database + suffix, R_OK});
    }
  }
  for (const lb::ClusterSettings& cluster : settings.clusters) {
    for (const auto* backends : {&cluster.tsdb, &cluster.pyroscope}) {
      for (const lb::BackendSettings& backend : *backends)
        add_files(needs, backend.web);
    }
  }
  if (settings.api_server) add_files(needs, *settings.api_server);
  return needs;
}

}  // namespace

base::Result<Privileges> Privileges::prepare(const Options& options, const Configuration& configuration) {
  Privileges result;
  if (!options.drop_privileges) return result;
  base::User user = base::current_user();
  if (::geteuid() == 0) {
    CEEMS_TRY(user, base::find_user(options.run_as_user));
    CEEMS_TRY(result.grants_, base::Grants::add(user, needs_of(configuration.settings)));
    if (!result.grants_->empty()) {
      base::Logger().info("granted access to files for as long as the load balancer runs",
                          {{"user", user.name}, {"files", base::join(result.grants_->paths(), ",")}});
    }
  }
  CEEMS_TRY(const std::vector<std::string> files, config::web_config_files(options.web_config_file));
  CEEMS_TRY(const std::vector<std::string> unreadable, base::unreadable_files(user, files));
  if (!unreadable.empty()) {
    result.reads_web_files_ = true;
    result.file_access_ = [](const std::function<void()>& look) {
      base::run_privileged(kReadAnything, look);
    };
  }
  return result;
}

base::Status Privileges::drop(const Options& options) {
  if (!options.drop_privileges) return {};
  const base::Logger log;
  std::vector<base::CapabilityNeed> needs;
  if (reads_web_files_) needs.push_back({"web-config", {kReadAnything.begin(), kReadAnything.end()}});
  if (grants_ && !grants_->empty())
    needs.push_back({"file-access", {kChangeAnybodys.begin(), kChangeAnybodys.end()}});
  CEEMS_TRY(
      const base::DropReport report,
      base::drop_privileges(
          {.user = options.run_as_user, .needs = needs, .keep_effective = options.disable_cap_awareness}));
  const std::vector<std::string> kept(report.kept.begin(), report.kept.end());
  log.info("running without further privileges",
           {{"user", report.user}, {"capabilities", base::join(kept, ",")}});
  for (const base::MissingCapability& missing : report.missing) {
    log.warn("a feature lacks a capability and will work in part or not at all",
             {{"feature", missing.feature}, {"capability", missing.capability}});
  }
  return {};
}

void Privileges::give_back() {
  if (!grants_ || grants_->empty()) return;
  base::run_privileged(kChangeAnybodys, [&] {
    if (const auto status = grants_->revoke(); !status)
      base::Logger().warn("cannot take back access to a file", {{"err", status.error()}});
  });
}

}  // namespace ceems::load_balancer
