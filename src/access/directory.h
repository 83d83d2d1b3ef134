// What access decisions ask of the database, and nothing more. Implementations are thread-safe.
#pragma once

#include "base/result.h"
#include "store/model.h"

#include <memory>
#include <string>
#include <vector>

namespace ceems::store {
class Reader;
}

namespace ceems::access {

class Directory {
 public:
  virtual ~Directory() = default;
  virtual base::Result<bool> is_admin(const std::string& user) const = 0;
  // The projects, each on its cluster, that list any of `users` as a member. Distinct, sorted.
  virtual base::Result<std::vector<store::ProjectKey>> projects_of(
      const std::vector<std::string>& users) const = 0;
  // Those of `uuids` that belong, on one of `clusters`, to one of `projects`. Distinct, sorted.
  virtual base::Result<std::vector<std::string>> owned_uuids(
      const std::vector<std::string>& uuids, const std::vector<std::string>& clusters,
      const std::vector<store::ProjectKey>& projects) const = 0;
};

// The directory that the database keeps. The reader must outlive it.
std::unique_ptr<Directory> make_directory(store::Reader& reader);

}  // namespace ceems::access
