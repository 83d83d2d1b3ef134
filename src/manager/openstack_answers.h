// What Keystone and Nova answer, as plain data. Pure functions over bytes that may be anything; errors are
// kInvalid. Sources: Identity API v3 and Compute API v2.1 of OpenStack (docs.openstack.org/api-ref).
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

// A user or a project.
struct KeystoneName {
  std::string id{};
  std::string name{};
  std::string domain_id{};
  friend auto operator<=>(const KeystoneName&, const KeystoneName&) = default;
};

struct NovaFlavor {
  std::string id{};  // only where the server has the flavor by reference
  std::string name{};
  std::int64_t vcpus = 0;
  std::int64_t ram_mb = 0;
  std::int64_t disk_gb = 0;
  std::int64_t swap_mb = 0;
  std::int64_t vgpus = 0;
  std::string extra_specs = "{}";  // a JSON object
};

// Times are UTC milliseconds, 0 for none.
struct NovaServer {
  std::string id{};
  std::string name{};
  std::string project_id{};
  std::string user_id{};
  std::string status{};
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::int64_t launched_ms = 0;
  std::int64_t terminated_ms = 0;
  NovaFlavor flavor{};
  std::string metadata = "{}";  // a JSON object
  std::string tags = "[]";      // a JSON array
  std::string reservation_id{};
  std::string power_state{};  // "RUNNING"
  std::string zone{};
};

// One entry of a server's history.
struct NovaAction {
  std::string request_id{};
  std::string action{};
  std::int64_t start_ms = 0;
  std::int64_t finish_ms = 0;  // 0: not told
  bool failed = false;
};

// One page of a list. A next page starts after the last element.
template <class T>
struct Page {
  std::vector<T> elements{};
  std::string next{};      // the link to the next page, as the server wrote it; "" for the last
  bool truncated = false;  // there is more, and no link to it: Keystone's list_limit
};

// How long the token lives from when it was issued; nullopt if the answer does not tell.
std::optional<std::chrono::milliseconds> parse_token_lifetime(std::string_view body);
base::Result<Page<KeystoneName>> parse_keystone_names(std::string_view body, std::string_view list);
// The one that `kind`, "user" or "project", names in the answer.
base::Result<KeystoneName> parse_keystone_name(std::string_view body, std::string_view kind);
base::Result<Page<NovaServer>> parse_servers(std::string_view body);
base::Result<Page<NovaFlavor>> parse_flavors(std::string_view body);
// In Nova's order, the latest first.
base::Result<Page<NovaAction>> parse_actions(std::string_view body);

}  // namespace ceems::manager
