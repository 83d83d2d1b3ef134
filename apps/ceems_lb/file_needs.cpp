#include "file_needs.h"

#include "base/file.h"
#include "store/writer.h"

#include <unistd.h>

#include <string>

namespace ceems::load_balancer {

namespace {

void add_database(std::vector<base::PathNeed>& paths, const std::string& directory) {
  if (!base::is_directory(directory)) return;
  paths.push_back({directory, R_OK | X_OK});
  const std::string database = store::database_path(directory);
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (base::exists(database + suffix)) paths.push_back({database + suffix, R_OK});
  }
}

}  // namespace

program::FileNeeds file_needs(const Options& options, const lb::Settings& settings) {
  program::FileNeeds needs;
  if (settings.data_path) add_database(needs.paths, *settings.data_path);
  for (const lb::ClusterSettings& cluster : settings.clusters) {
    for (const auto* backends : {&cluster.tsdb, &cluster.pyroscope}) {
      for (const lb::BackendSettings& backend : *backends)
        program::add_files(needs.paths, backend.web);
    }
  }
  if (settings.api_server) program::add_files(needs.paths, *settings.api_server);
  needs.web_config_file = options.web_config_file;
  return needs;
}

}  // namespace ceems::load_balancer
