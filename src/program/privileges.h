// What a server keeps of the privileges that it was started with, and what the user that it becomes can
// reach.
#pragma once

#include "base/grant.h"
#include "base/privilege.h"
#include "base/result.h"
#include "base/user.h"
#include "program/options.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace ceems::config {
struct HttpClientConfig;
}

namespace ceems::program {

// Runs what it is given with the privileges that reading files takes; empty where none are needed.
using FileAccess = std::function<void(const std::function<void()>&)>;

struct FileNeeds {
  // What the program needs of single files and directories while it runs. As root, the user that it becomes
  // is granted what that user lacks.
  std::vector<base::PathNeed> paths;
  // Files that are replaced from time to time and read again then, under the same name.
  std::vector<std::string> reread;
  // "" or the web configuration: it and all that it names are read again too.
  std::string web_config_file;
};

// The secrets and certificates of a client, to be read.
void add_files(std::vector<base::PathNeed>& paths, const config::HttpClientConfig& client);

// Not thread-safe: for the main thread.
class Privileges {
 public:
  // Call before threads start. Errors: an unknown user, a web configuration that cannot be read, a path that
  // even a grant opens to nobody.
  static base::Result<Privileges> prepare(const SecurityOptions& options, const FileNeeds& needs);

  // For FileNeeds::reread and web_config_file.
  const FileAccess& file_access() const { return file_access_; }

  // Becomes the unprivileged user for good, unless told not to, and logs what was kept. `features` say what
  // they need beyond files. Returns what is missing. Call before threads start.
  base::Result<std::vector<base::MissingCapability>> drop(std::vector<base::CapabilityNeed> features = {},
                                                          bool allow_new_privileges = false);
  // Takes back what prepare() granted.
  void give_back();

 private:
  explicit Privileges(SecurityOptions options) : options_(std::move(options)) {}

  SecurityOptions options_;
  std::optional<base::Grants> grants_;
  FileAccess file_access_;
};

// The user that the program will be after the drop.
base::Result<base::User> final_user(const SecurityOptions& options);

}  // namespace ceems::program
