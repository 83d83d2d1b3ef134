#include "privileges.h"

#include "base/file.h"
#include "manager/registry.h"
#include "manager/slurm_commands.h"
#include "store/writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::api_server {

namespace {

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

base::Status make_directories(const base::User& user, const update::DataSettings& data) {
  CEEMS_TRY_VOID(make_directories_for(user, data.path));
  if (!data.makes_backups()) return {};
  return make_directories_for(user, data.backup_path);
}

std::vector<base::PathNeed> needs_of(const Configuration& configuration) {
  const update::Settings& settings = configuration.update;
  std::vector<base::PathNeed> needs;
  needs.push_back({settings.data.path, R_OK | W_OK | X_OK});
  if (settings.data.makes_backups()) needs.push_back({settings.data.backup_path, R_OK | W_OK | X_OK});
  const std::string database = store::database_path(settings.data.path);
  // SQLite's beside the database come and go.
  for (const char* suffix : {"", "-wal", "-shm"})
    needs.push_back({database + suffix, R_OK | W_OK, true});
  for (const manager::ClusterSettings& cluster : settings.clusters)
    for (std::string& file : manager::files_of(cluster))
      needs.push_back({std::move(file), R_OK});
  for (const update::UpdaterSettings& updater : settings.updaters)
    program::add_files(needs, updater.web);
  program::add_files(needs, configuration.admin.grafana.web);
  return needs;
}

bool runs_slurm(const Configuration& configuration) {
  return std::ranges::any_of(configuration.update.clusters, [](const manager::ClusterSettings& cluster) {
    return cluster.manager == "slurm";
  });
}

}  // namespace

base::Result<program::Privileges> prepare_privileges(const Options& options,
                                                     const Configuration& configuration) {
  if (options.security.drop_privileges && ::geteuid() == 0) {
    CEEMS_TRY(const base::User user, program::final_user(options.security));
    CEEMS_TRY_VOID(make_directories(user, configuration.update.data));
  }
  program::FileNeeds needs;
  needs.paths = needs_of(configuration);
  needs.web_config_file = options.web.config_file;
  return program::Privileges::prepare(options.security, needs);
}

base::Status drop(const Configuration& configuration, program::Privileges& privileges) {
  std::vector<base::CapabilityNeed> features;
  const bool slurm = runs_slurm(configuration);
  const bool becomes_root = slurm && manager::may_run_as_root();
  if (becomes_root) features.push_back({"slurm", {kBecomeRoot.begin(), kBecomeRoot.end()}});
  // Without them SLURM may be asked through sudo.
  CEEMS_TRY_VOID(privileges.drop(std::move(features), slurm && !becomes_root));
  return {};
}

}  // namespace ceems::api_server
