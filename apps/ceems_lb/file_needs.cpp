#include "file_needs.h"

#include "base/fd.h"
#include "base/file.h"
#include "store/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace ceems::load_balancer {

namespace {

void add_database(std::vector<base::PathNeed>& paths, const std::string& directory) {
  if (!base::is_directory(directory)) return;
  paths.push_back({directory, R_OK | X_OK});
  const std::string database = store::database_path(directory);
  // SQLite's beside the database come and go.
  for (const char* suffix : {"", "-wal", "-shm"})
    paths.push_back({database + suffix, R_OK, true});
}

std::vector<base::PathNeed> secrets_of(const lb::Settings& settings) {
  std::vector<base::PathNeed> paths;
  for (const lb::ClusterSettings& cluster : settings.clusters) {
    for (const auto* backends : {&cluster.tsdb, &cluster.pyroscope}) {
      for (const lb::BackendSettings& backend : *backends)
        program::add_files(paths, backend.web);
    }
  }
  if (settings.api_server) program::add_files(paths, *settings.api_server);
  return paths;
}

}  // namespace

program::FileNeeds file_needs(const Options& options, const lb::Settings& settings) {
  program::FileNeeds needs;
  needs.paths = secrets_of(settings);
  if (settings.data_path) add_database(needs.paths, *settings.data_path);
  needs.reread = {options.config_file};
  needs.web_config_file = options.web_config_file;
  return needs;
}

base::Status check_readable(const lb::Settings& settings) {
  for (const base::PathNeed& need : secrets_of(settings)) {
    const base::Fd file(::open(need.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return base::fail_errno(errno, need.path);
  }
  return {};
}

}  // namespace ceems::load_balancer
