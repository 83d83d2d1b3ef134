#include "manager/kubernetes_members.h"

#include "base/file.h"
#include "base/log.h"
#include "config/yaml.h"

#include <map>
#include <utility>
#include <vector>

namespace ceems::manager {

namespace {

using Lists = std::map<std::string, std::set<std::string>>;

std::vector<Member> members_of(const Lists& lists) {
  std::vector<Member> members;
  members.reserve(lists.size());
  for (const auto& [name, others] : lists)
    members.push_back({.name = name, .belongs_to = {others.begin(), others.end()}});
  return members;
}

}  // namespace

base::Result<std::set<NamespaceUser>> parse_namespace_users(std::string text, const std::string& name) {
  CEEMS_TRY(const config::Document document, config::Document::parse(std::move(text), name));
  const config::Node users = document.root()["users"];
  CEEMS_TRY_VOID(document.root().check_map());
  CEEMS_TRY_VOID(users.check_map());
  std::set<NamespaceUser> all;
  for (const auto& [name_space, list] : users.pairs()) {
    CEEMS_TRY_VOID(list.check_sequence());
    CEEMS_TRY(const std::vector<std::string> names, list.strings());
    for (const std::string& user : names)
      if (!user.empty()) all.emplace(name_space, user);
  }
  return all;
}

Membership KubernetesMembers::membership(const base::Result<std::set<NamespaceUser>>& bindings) {
  if (!file_.empty()) {
    auto text = base::read_file(file_);
    if (!text && text.error().code == base::ErrorCode::kNotFound) text = std::string();
    auto listed = text ? parse_namespace_users(*std::move(text), file_) : std::unexpected(text.error());
    if (listed)
      listed_ = *std::move(listed);
    else
      base::Logger().warn("the users of namespaces stay as they were", {{"error", listed.error()}});
  }
  if (bindings) {
    bound_ = *bindings;
    bindings_known_ = true;
  } else {
    base::Logger().warn("role bindings cannot be read: users that they name stay as they were",
                        {{"error", bindings.error()}});
  }
  Lists users;
  Lists projects;
  for (const std::set<NamespaceUser>* list : {&listed_, &bound_, &seen_}) {
    for (const auto& [project, user] : *list) {
      users[user].insert(project);
      projects[project].insert(user);
    }
  }
  Membership membership;
  membership.users = members_of(users);
  membership.projects = members_of(projects);
  membership.complete = bindings_known_;
  return membership;
}

}  // namespace ceems::manager
