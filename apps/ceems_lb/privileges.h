// What the load balancer keeps of the privileges that it was started with, and what the user that it becomes
// can reach.
#pragma once

#include "base/grant.h"
#include "base/result.h"
#include "configuration.h"
#include "options.h"

#include <functional>
#include <optional>

namespace ceems::load_balancer {

// Runs what it is given with the privileges that reading files takes; empty where none are needed.
using FileAccess = std::function<void(const std::function<void()>&)>;

class Privileges {
 public:
  // As root: lets the user that the program will be at the database and the secrets of the configuration.
  // Call before threads start.
  static base::Result<Privileges> prepare(const Options& options, const Configuration& configuration);

  // For reading the web configuration again later.
  const FileAccess& file_access() const { return file_access_; }

  // Becomes that user for good and logs it. Call before threads start.
  base::Status drop(const Options& options);
  // Takes back what prepare() granted.
  void give_back();

 private:
  Privileges() = default;

  std::optional<base::Grants> grants_;
  FileAccess file_access_;
  bool reads_web_files_ = false;
};

}  // namespace ceems::load_balancer
