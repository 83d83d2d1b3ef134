#include "access/scope.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace ceems::access {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

OwnerScope OwnerScope::only(std::vector<store::Owner> owners) {
  CEEMS_CHECK(!owners.empty());  // a query takes an empty list for everybody
  OwnerScope scope;
  scope.owners_ = std::move(owners);
  return scope;
}

bool OwnerScope::contains(std::string_view cluster_id, std::string_view username) const {
  if (!owners_) return true;
  return std::ranges::any_of(*owners_, [&](const store::Owner& owner) {
    return owner.username == username && (owner.cluster_id.empty() || owner.cluster_id == cluster_id);
  });
}

const std::vector<store::Owner>& OwnerScope::owners() const {
  static const std::vector<store::Owner> kEverybody;
  return owners_ ? *owners_ : kEverybody;
}

std::string service_owner(std::string_view project) {
  return std::string(project) + ":svc";
}

base::Result<OwnerScope> own_scope(const Directory& directory, const std::string& user,
                                   const std::vector<std::string>& projects) {
  std::vector<store::Owner> owners{{"", user}};
  if (!projects.empty()) {
    CEEMS_TRY(const auto memberships, directory.projects_of({user}));
    for (const store::ProjectKey& membership : memberships) {
      // A membership without a cluster must not turn into one on every cluster.
      if (has(projects, membership.project) && !membership.cluster_id.empty())
        owners.push_back({membership.cluster_id, service_owner(membership.project)});
    }
  }
  return OwnerScope::only(std::move(owners));
}

OwnerScope administered_scope(const std::vector<std::string>& users,
                              const std::vector<std::string>& projects) {
  if (users.empty()) return OwnerScope::everybody();
  std::vector<store::Owner> owners;
  for (const std::string& user : users)
    owners.push_back({"", user});
  for (const std::string& project : projects)
    owners.push_back({"", service_owner(project)});
  return OwnerScope::only(std::move(owners));
}

base::Result<ProjectScope> own_projects(const Directory& directory, const std::string& user) {
  CEEMS_TRY(auto projects, directory.projects_of({user}));
  return ProjectScope(std::move(projects));
}

base::Result<ProjectScope> administered_projects(const Directory& directory,
                                                 const std::vector<std::string>& users) {
  if (users.empty()) return ProjectScope();
  CEEMS_TRY(auto projects, directory.projects_of(users));
  return ProjectScope(std::move(projects));
}

base::Result<bool> owns_all(const Directory& directory, const std::string& user,
                            const std::vector<std::string>& uuids, const std::vector<std::string>& clusters) {
  if (user.empty() || clusters.empty() || uuids.empty()) return false;
  CEEMS_TRY(const auto projects, directory.projects_of({user}));
  if (projects.empty()) return false;

  std::vector<std::string> asked = uuids;
  std::ranges::sort(asked);
  const auto repeated = std::ranges::unique(asked);
  asked.erase(repeated.begin(), repeated.end());
  CEEMS_TRY(auto owned, directory.owned_uuids(asked, clusters, projects));
  std::ranges::sort(owned);
  return std::ranges::includes(owned, asked);
}

}  // namespace ceems::access
