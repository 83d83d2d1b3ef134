#include "access/caller.h"

#include "base/log.h"

namespace ceems::access {

std::optional<Caller> identify(std::string_view user, const Peer& peer, const PeerPolicy& policy,
                               const Directory& directory) {
  if (user.empty() || !policy.believes(peer)) return std::nullopt;
  Caller caller{std::string(user), false};
  if (user == kServiceAccount && !policy.believes_service(peer)) return caller;
  const auto admin = directory.is_admin(caller.user);
  if (!admin) {
    base::Logger().error("administrators could not be read, treating the user as an ordinary one",
                         {{"user", user}, {"error", admin.error()}});
    return caller;
  }
  caller.admin = *admin;
  return caller;
}

}  // namespace ceems::access
