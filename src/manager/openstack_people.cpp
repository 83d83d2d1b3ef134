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
constexpr std::size_t kSinglyAtMost = 500;  // in a window

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
  CEEMS_TRY_VOID(ask_singly("user", user_ids, user_names_, owner_users_));
  CEEMS_TRY_VOID(ask_singly("project", project_ids, project_names_, owner_projects_));
  name_them();
  return {};
}

base::Status OpenstackPeople::ask_singly(std::string_view kind, const std::vector<std::string>& ids,
                                         const std::map<std::string, std::string>& known, Names& owners) {
  std::set<std::string> unknown;
  for (const std::string& id : ids)
    if (!id.empty() && !known.contains(id) && unknown.size() < kSinglyAtMost) unknown.insert(id);
  const std::vector<std::string> asked(unknown.begin(), unknown.end());
  std::vector<base::Result<KeystoneName>> answers(asked.size());
  CEEMS_TRY_VOID(ask_all(asked.size(), kQuestionsAtATime, [&](std::size_t i) -> base::Status {
    answers[i] = session_.name(kind, asked[i]);
    if (!answers[i] && answers[i].error().code == base::ErrorCode::kCancelled)
      return std::unexpected(answers[i].error());
    return {};
  }));
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (answers[i]) owners.insert_or_assign(asked[i], *std::move(answers[i]));
    // A service that is away is asked again in the next window.
    else if (answers[i].error().code != base::ErrorCode::kUnavailable &&
             answers[i].error().code != base::ErrorCode::kTimeout)
      nobody_.insert(asked[i]);
  }
  return {};
}

base::Status OpenstackPeople::ask() {
  CEEMS_TRY(const Page<KeystoneName> page, session_.names("/v3/users", "users"));
  const std::vector<KeystoneName>& names = page.elements;
  std::vector<User> users(names.size());
  std::atomic<std::size_t> failures = 0;
  std::atomic<bool> whole = !page.truncated;
  CEEMS_TRY_VOID(ask_all(names.size(), kQuestionsAtATime, [&](std::size_t i) -> base::Status {
    User& user = users[i];
    user.name = names[i];
    auto projects =
        session_.names("/v3/users/" + http::percent_encode(names[i].id) + "/projects", "projects");
    if (projects) {
      if (projects->truncated) whole = false;
      user.projects = std::move(projects->elements);
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
  if (whole_ && !whole)
    base::Logger().warn("Keystone cuts its lists short: nobody is taken for gone; its list_limit is too low");
  whole_ = whole;
  name_them();
  known_ = true;
  asked_at_ = Clock::now();
  return {};
}

void OpenstackPeople::name_them() {
  Names users = owner_users_;
  Names projects = owner_projects_;
  for (const auto& [id, user] : users_) {
    users.insert_or_assign(id, user.name);
    for (const KeystoneName& project : user.projects)
      projects.insert_or_assign(project.id, project);
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
  membership.complete = whole_ && !users_.empty();
  return membership;
}

}  // namespace ceems::manager
