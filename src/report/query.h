// Asking the API server for units.
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "report/client_config.h"
#include "report/field.h"
#include "report/unit.h"

#include <chrono>
#include <string>
#include <vector>

namespace ceems::report {

struct UnitQuery {
  std::string current_user;  // in whose name to ask
  std::vector<std::string> accounts;
  std::vector<std::string> jobs;
  std::vector<std::string> users;  // others than the current user; needs an administrator
  bool all_users = false;          // the same for everybody
  bool running_only = false;       // units still running, whatever the window
  std::chrono::sys_seconds from;
  std::chrono::sys_seconds to;
  FieldList fields;
};

// "a,,b" → a, b with blanks around them removed.
std::vector<std::string> split_list(std::string_view text);

// Splits the value of --user: the word `all` anywhere means everybody, and the current user alone means no
// other user.
void set_users(UnitQuery& query, std::string_view list);

// URL of the request, with its parameters.
std::string units_url(const ClientConfig& config, const UnitQuery& query);

// One request. kPermission where the server refuses the user; other errors say what failed.
base::Result<UnitsAnswer> fetch_units(http::Client& client, const ClientConfig& config,
                                      const UnitQuery& query);

}  // namespace ceems::report
