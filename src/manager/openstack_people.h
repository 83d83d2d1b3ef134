// Who is in which project of OpenStack, and what ids stand for. Not thread-safe, except cancel() of its
// session.
//
// Names are unique within a domain only. Where users, or projects, of several domains share a name, the one
// of the domain "default" keeps it, and the others are told as name@domain_id: nobody sees what is a
// namesake's.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/openstack_answers.h"
#include "manager/openstack_session.h"

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

class OpenstackPeople {
 public:
  explicit OpenstackPeople(OpenstackSession& session) : session_(session) {}

  // Asks again if the last answer is twelve hours old, or if one of the ids is unknown. Those that the lists
  // do not have are asked for one by one: lists may be cut short, and owners need not be in their projects
  // any more. One that Keystone does not know either is not asked for again in the next hour. What cannot be
  // had stays as it was; an error if nothing was.
  base::Status refresh(const std::vector<std::string>& user_ids, const std::vector<std::string>& project_ids);
  // "" if unknown.
  std::string user(const std::string& id) const;
  std::string project(const std::string& id) const;
  // Not complete where Keystone cut a list short.
  Membership membership() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct User {
    KeystoneName name;
    std::vector<KeystoneName> projects;
  };
  using Names = std::map<std::string, KeystoneName>;
  base::Status ask();
  // Those of the ids that are unknown, into `owners`.
  base::Status ask_singly(std::string_view kind, const std::vector<std::string>& ids,
                          const std::map<std::string, std::string>& known, Names& owners);
  void name_them();

  OpenstackSession& session_;
  bool known_ = false;
  Clock::time_point asked_at_;
  bool whole_ = true;                                 // no list was cut short
  std::set<std::string> nobody_;                      // ids that Keystone did not know
  Names owner_users_;                                 // by id, in no list
  Names owner_projects_;                              // likewise
  std::map<std::string, User> users_;                 // by id
  std::map<std::string, std::string> user_names_;     // by id, as they are told
  std::map<std::string, std::string> project_names_;  // likewise
};

}  // namespace ceems::manager
