#include "manager/openstack_people.h"

#include "base/log.h"
#include "http/message.h"
#include "manager/parallel.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <set>
#include <utility>

namespace ceems::manager {

namespace {

constexpr std::chrono::hours kLifetime{12};
constexpr std::chrono::hours kNobodyFor{1};
constexpr std::size_t kQuestionsAtATime = 16;

// What to call each of them, by id.
std::map<std::string, std::string> told_names(const std::map<std::string, KeystoneName>& all) {
  std::map<std::string, std::size_t> bearers;
  for (const auto& [id, name] : all)
    ++bearers[name.name];
  std::map<std::string, std::string> told;
  for (const auto& [id, name] : all) {
    const bool plain = bearers.at(name.name) == 1 || name.domain_id == "default";
    told.emplace(id, plain ? name.name : name.name + "@" + name.domain_id);
  }
  return told;
}

std::string find(const std::map<std::string, std::string>& names, const std::string& id) {
  const auto found = names.find(id);
  return found == names.end() ? std::string() : found->second;
}

}  // namespace

base::Status OpenstackPeople::refresh(const std::vector<std::string>& user_ids,
                                      const std::vector<std::string>& project_ids) {
  const auto age = Clock::now() - asked_at_;
  const auto lacks = [&](const std::map<std::string, std::string>& names,
                         const std::vector<std::string>& ids) {
    return std::ranges::any_of(ids, [&](const std::string& id) {
      return !names.contains(id) && (age >= kNobodyFor || !nobody_.contains(id));
    });
  };
  if (known_ && age < kLifetime && !lacks(user_names_, user_ids) && !lacks(project_names_, project_ids))
    return {};
  if (auto status = ask(); !status) {
    if (!known_ || status.error().code == base::ErrorCode::kCancelled) return status;
    base::Logger().warn("users and projects are not known this time; they stay as they were",
                        {{"error", status.error()}});
  }
  nobody_.clear();
  for (const std::string& id : user_ids)
    if (!user_names_.contains(id)) nobody_.insert(id);
  for (const std::string& id : project_ids)
    if (!project_names_.contains(id)) nobody_.insert(id);
  return {};
}

base::Status OpenstackPeople::ask() {
  CEEMS_TRY(const std::vector<KeystoneName> names, session_.names("/v3/users", "users"));
  std::vector<User> users(names.size());
  std::atomic<std::size_t> failures = 0;
  CEEMS_TRY_VOID(ask_all(names.size(), kQuestionsAtATime, [&](std::size_t i) -> base::Status {
    User& user = users[i];
    user.name = names[i];
    auto projects =
        session_.names("/v3/users/" + http::percent_encode(names[i].id) + "/projects", "projects");
    if (projects) {
      user.projects = *std::move(projects);
      return {};
    }
    if (projects.error().code == base::ErrorCode::kCancelled) return std::unexpected(projects.error());
    const auto before = users_.find(names[i].id);
    // The first time there is nothing to keep: who has which project would be told wrong.
    if (!known_ && projects.error().code != base::ErrorCode::kNotFound)
      return std::unexpected(projects.error());
    if (before != users_.end()) user.projects = before->second.projects;
    ++failures;
    return {};
  }));
  if (failures > 0)
    base::Logger().warn("projects of users are not known this time; they keep those they had",
                        {{"users", failures.load()}});
  users_.clear();
  for (User& user : users) {
    const std::string id = user.name.id;
    users_.emplace(id, std::move(user));
  }
  name_them();
  known_ = true;
  asked_at_ = Clock::now();
  return {};
}

void OpenstackPeople::name_them() {
  std::map<std::string, KeystoneName> users;
  std::map<std::string, KeystoneName> projects;
  for (const auto& [id, user] : users_) {
    users.emplace(id, user.name);
    for (const KeystoneName& project : user.projects)
      projects.emplace(project.id, project);
  }
  user_names_ = told_names(users);
  project_names_ = told_names(projects);
}

std::string OpenstackPeople::user(const std::string& id) const {
  return find(user_names_, id);
}
std::string OpenstackPeople::project(const std::string& id) const {
  return find(project_names_, id);
}

Membership OpenstackPeople::membership() const {
  Membership membership;
  std::map<std::string, std::set<std::string>> members;  // by id of the project
  for (const auto& [id, user] : users_) {
    std::set<std::string> projects;
    for (const KeystoneName& project : user.projects) {
      projects.insert(project_names_.at(project.id));
      members[project.id].insert(user_names_.at(id));
    }
    membership.users.push_back(
        {.uid = id, .name = user_names_.at(id), .belongs_to = {projects.begin(), projects.end()}});
  }
  for (const auto& [id, users] : members)
    membership.projects.push_back(
        {.uid = id, .name = project_names_.at(id), .belongs_to = {users.begin(), users.end()}});
  // A cloud has users: an answer without any is not a reason to remove everybody.
  membership.complete = !users_.empty();
  return membership;
}

}  // namespace ceems::manager
