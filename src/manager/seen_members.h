// Users and projects of managers that do not list them: those that were seen with units. Not thread-safe.
#pragma once

#include "manager/manager.h"
#include "manager/run.h"

#include <map>
#include <string>
#include <vector>

namespace ceems::manager {

// Not complete: who is not among them stays what they were.
inline Membership members_of_runs(const std::vector<Run>& runs) {
  std::map<std::string, std::map<std::string, bool>> users;
  std::map<std::string, std::map<std::string, bool>> projects;
  for (const Run& run : runs) {
    if (run.user.empty() || run.project.empty()) continue;
    users[run.user][run.project] = true;
    projects[run.project][run.user] = true;
  }
  const auto list = [](const auto& map) {
    std::vector<Member> members;
    for (const auto& [name, others] : map) {
      Member& member = members.emplace_back();
      member.name = name;
      for (const auto& [other, seen] : others)
        member.belongs_to.push_back(other);
    }
    return members;
  };
  Membership membership;
  membership.users = list(users);
  membership.projects = list(projects);
  membership.complete = false;
  return membership;
}

}  // namespace ceems::manager
