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
#include <vector>

namespace ceems::manager {

class OpenstackPeople {
 public:
  explicit OpenstackPeople(OpenstackSession& session) : session_(session) {}

  // Asks again if the last answer is twelve hours old, or if one of the ids is unknown; one that stays
  // unknown is not asked for again in the next hour. What cannot be had stays as it was; an error if nothing
  // was.
  base::Status refresh(const std::vector<std::string>& user_ids, const std::vector<std::string>& project_ids);
  // "" if unknown.
  std::string user(const std::string& id) const;
  std::string project(const std::string& id) const;
  Membership membership() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct User {
    KeystoneName name;
    std::vector<KeystoneName> projects;
  };
  base::Status ask();
  void name_them();

  OpenstackSession& session_;
  bool known_ = false;
  Clock::time_point asked_at_;
  std::set<std::string> nobody_;                      // ids that the last answer did not have
  std::map<std::string, User> users_;                 // by id
  std::map<std::string, std::string> user_names_;     // by id, as they are told
  std::map<std::string, std::string> project_names_;  // likewise
};

}  // namespace ceems::manager
