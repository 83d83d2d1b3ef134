#include "access/caller.h"

#include "base/log.h"
#include "base/text.h"

#include <algorithm>

namespace ceems::access {

namespace {

// Anything else could turn into another user's name on its way through the database.
bool is_user_name(std::string_view user) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !user.empty() && base::is_valid_utf8(user) && std::ranges::none_of(user, is_control);
}

}  // namespace

std::optional<Caller> identify(std::string_view user, const Peer& peer, const PeerPolicy& policy,
                               const Directory& directory) {
  if (!is_user_name(user) || !policy.believes(peer)) return std::nullopt;
  Caller caller{.user = std::string(user)};
  if (user == kServiceAccount) {
    if (!policy.believes_service(peer)) return caller;
    caller.service = true;
  }
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
