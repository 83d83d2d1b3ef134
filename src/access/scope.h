// Which rows a caller may see, whatever he asks for. A filter of the request only ever narrows a scope: what
// a user is entitled to comes from the directory alone. Free functions, thread-safe.
#pragma once

#include "access/directory.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::access {

// Owners whose units, and whose entries in the list of users, may be seen.
class OwnerScope {
 public:
  static OwnerScope everybody() { return OwnerScope(); }
  // `owners` must not be empty.
  static OwnerScope only(std::vector<store::Owner> owners);

  bool is_everybody() const { return !owners_; }
  bool contains(std::string_view cluster_id, std::string_view username) const;
  // For store::UnitQuery: empty means everybody.
  const std::vector<store::Owner>& owners() const;

 private:
  std::optional<std::vector<store::Owner>> owners_;
};

// "bio" → "bio:svc": who owns what a project's service accounts start.
std::string service_owner(std::string_view project);

// The user himself; and, for each of `projects` that he is a member of, that project's service accounts on
// just those clusters.
base::Result<OwnerScope> own_scope(const Directory& directory, const std::string& user,
                                   const std::vector<std::string>& projects);
// What an administrator asks for: everybody without `users`; else these and the service accounts of
// `projects`.
OwnerScope administered_scope(const std::vector<std::string>& users,
                              const std::vector<std::string>& projects);

// Projects whose records and whose whole usage may be seen. Absent: all.
using ProjectScope = std::optional<std::vector<store::ProjectKey>>;

base::Result<ProjectScope> own_projects(const Directory& directory, const std::string& user);
// All without `users`; else the projects of these users.
base::Result<ProjectScope> administered_projects(const Directory& directory,
                                                 const std::vector<std::string>& users);

// Whether each of `uuids` belongs, on one of `clusters`, to a project that the user is a member of. Repeated
// ids count once; nothing asked for, or no cluster, is owned by nobody.
base::Result<bool> owns_all(const Directory& directory, const std::string& user,
                            const std::vector<std::string>& uuids, const std::vector<std::string>& clusters);

}  // namespace ceems::access
