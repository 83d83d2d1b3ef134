#include "privileges.h"

#include "base/file.h"
#include "base/log.h"
#include "base/privilege.h"
#include "base/text.h"
#include "base/user.h"
#include "config/web_config.h"
#include "manager/slurm_commands.h"
#include "store/writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace ceems::api_server {

namespace {

constexpr std::array<std::string_view, 1> kReadAnything{"CAP_DAC_READ_SEARCH"};
constexpr std::array<std::string_view, 1> kChangeAnybodys{"CAP_FOWNER"};
constexpr std::array<std::string_view, 2> kBecomeRoot{"CAP_SETGID", "CAP_SETUID"};
constexpr mode_t kDirectoryMode = 0750;

// Like mkdir -p; what it creates belongs to that user.
base::Status make_directories_for(const base::User& user, const std::string& path) {
  if (base::is_directory(path)) return {};
  const std::string parent = base::parent_path(path);
  if (parent != path) CEEMS_TRY_VOID(make_directories_for(user, parent));
  if (::mkdir(path.c_str(), kDirectoryMode) != 0) return base::fail_errno(errno, path);
  if (::chown(path.c_str(), user.uid, user.gid) != 0) return base::fail_errno(errno, path);
  return {};
}

void add_files(std::vector<base::PathNeed>& needs, const config::HttpClientConfig& web) {
  for (std::string& path : config::files_of(web))
    needs.push_back({std::move(path), R_OK});
}

std::vector<base::PathNeed> needs_of(const update::Settings& settings) {
  std::vector<base::PathNeed> needs;
  needs.push_back({settings.data.path, R_OK | W_OK | X_OK});
  if (settings.data.makes_backups()) needs.push_back({settings.data.backup_path, R_OK | W_OK | X_OK});
  const std::string database = store::database_path(settings.data.path);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (base::exists(database + suffix)) needs.push_back({database + suffix, R_OK | W_OK});
  }
  for (const manager::ClusterSettings& cluster : settings.clusters)
    add_files(needs, cluster.web);
  for (const update::UpdaterSettings& updater : settings.updaters)
    add_files(needs, updater.web);
  return needs;
}

}  // namespace

base::Result<Privileges> Privileges::prepare(const Options& options, const Configuration& configuration) {
  Privileges result;
  if (!options.security.drop_privileges) return result;
  result.runs_slurm_ =
      std::ranges::any_of(configuration.update.clusters,
                          [](const manager::ClusterSettings& cluster) { return cluster.manager == "slurm"; });
  base::User user = base::current_user();
  if (::geteuid() == 0) {
    CEEMS_TRY(user, base::find_user(options.security.run_as_user));
    const update::DataSettings& data = configuration.update.data;
    CEEMS_TRY_VOID(make_directories_for(user, data.path));
    if (data.makes_backups()) CEEMS_TRY_VOID(make_directories_for(user, data.backup_path));
    CEEMS_TRY(result.grants_, base::Grants::add(user, needs_of(configuration.update)));
    if (!result.grants_->empty()) {
      base::Logger().info("granted access to files for as long as the server runs",
                          {{"user", user.name}, {"files", base::join(result.grants_->paths(), ",")}});
    }
  }
  CEEMS_TRY(const std::vector<std::string> files, config::web_config_files(options.web.config_file));
  CEEMS_TRY(const std::vector<std::string> unreadable, base::unreadable_files(user, files));
  if (!unreadable.empty()) {
    result.reads_web_files_ = true;
    result.file_access_ = [](const std::function<void()>& look) {
      base::run_privileged(kReadAnything, look);
    };
  }
  return result;
}

base::Status Privileges::drop(const SecurityOptions& options) {
  const base::Logger log;
  if (!options.drop_privileges) return {};
  std::vector<base::CapabilityNeed> needs;
  if (reads_web_files_) needs.push_back({"web-config", {kReadAnything.begin(), kReadAnything.end()}});
  if (grants_ && !grants_->empty())
    needs.push_back({"file-access", {kChangeAnybodys.begin(), kChangeAnybodys.end()}});
  const bool becomes_root = runs_slurm_ && manager::may_run_as_root();
  if (becomes_root) needs.push_back({"slurm", {kBecomeRoot.begin(), kBecomeRoot.end()}});
  CEEMS_TRY(const base::DropReport report,
            base::drop_privileges({.user = options.run_as_user,
                                   .needs = needs,
                                   .keep_effective = options.disable_cap_awareness,
                                   // Without them SLURM may be asked through sudo.
                                   .allow_new_privileges = runs_slurm_ && !becomes_root}));
  std::vector<std::string> kept(report.kept.begin(), report.kept.end());
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

}  // namespace ceems::api_server
