// Who runs the program, and giving up what a set-user-id or set-group-id installation lent it.
#pragma once

#include "base/result.h"

#include <string>

namespace ceems::report {

// The login name of the real user id, asked of the system's name services; the environment has no say.
base::Result<std::string> login_name();

// Whether the program runs with a user or group that is not the caller's.
bool runs_set_id();

// Clears what lets the caller steer TLS, proxies and tracing of a program that holds somebody else's secrets.
// Call first of all, before threads start; does nothing unless runs_set_id().
void clean_environment();

// Makes the caller's real user and group the only ones, for good. Fails rather than keeps a privilege.
base::Status drop_privileges();

}  // namespace ceems::report
