#include "manager/openstack_answers.h"

#include "json/read.h"
#include "manager/instant.h"

#include <algorithm>
#include <utility>

namespace ceems::manager {

namespace {

std::string power_state_text(std::optional<std::int64_t> state) {
  if (!state) return "N/A";
  switch (*state) {
    case 0:
      return "NOSTATE";
    case 1:
      return "RUNNING";
    case 2:
    case 5:
      return "_UNUSED";
    case 3:
      return "PAUSED";
    case 4:
      return "SHUTDOWN";
    case 6:
      return "CRASHED";
    case 7:
      return "SUSPENDED";
    default:
      return "N/A";
  }
}

std::int64_t count_of(const json::value& value, std::string_view name) {
  return std::max<std::int64_t>(json::loose_integer_member(value, name).value_or(0), 0);
}

NovaFlavor flavor_of(const json::value& value) {
  NovaFlavor flavor;
  flavor.id = json::text_member(value, "id");
  flavor.name = json::text_member(value, "original_name");
  if (flavor.name.empty()) flavor.name = json::text_member(value, "name");
  flavor.vcpus = count_of(value, "vcpus");
  flavor.ram_mb = count_of(value, "ram");
  flavor.disk_gb = count_of(value, "disk");
  flavor.swap_mb = count_of(value, "swap");
  if (const json::value* specs = json::member(value, "extra_specs"); specs != nullptr && specs->is_object()) {
    flavor.vgpus = count_of(*specs, "resources:VGPU");
    flavor.extra_specs = json::to_text(*specs, "{}");
  }
  return flavor;
}

std::string kept(const json::value& value, std::string_view name, bool is_list) {
  const json::value* found = json::member(value, name);
  const bool fits = found != nullptr && (is_list ? found->is_array() : found->is_object());
  const std::string_view none = is_list ? "[]" : "{}";
  return fits ? json::to_text(*found, none) : std::string(none);
}

NovaServer server_of(const json::value& value) {
  NovaServer server;
  server.id = json::text_member(value, "id");
  server.name = json::text_member(value, "name");
  server.project_id = json::text_member(value, "tenant_id");
  server.user_id = json::text_member(value, "user_id");
  server.status = json::text_member(value, "status");
  server.created_ms = parse_instant(json::text_member(value, "created"));
  server.updated_ms = parse_instant(json::text_member(value, "updated"));
  server.launched_ms = parse_instant(json::text_member(value, "OS-SRV-USG:launched_at"));
  server.terminated_ms = parse_instant(json::text_member(value, "OS-SRV-USG:terminated_at"));
  if (const json::value* flavor = json::member(value, "flavor"); flavor != nullptr)
    server.flavor = flavor_of(*flavor);
  server.metadata = kept(value, "metadata", false);
  server.tags = kept(value, "tags", true);
  server.reservation_id = json::text_member(value, "OS-EXT-SRV-ATTR:reservation_id");
  server.power_state = power_state_text(json::loose_integer_member(value, "OS-EXT-STS:power_state"));
  server.zone = json::text_member(value, "OS-EXT-AZ:availability_zone");
  return server;
}

// Nova's "servers_links": [{"rel": "next", "href": …}].
std::string next_link(const json::value& answer, std::string_view name) {
  const json::array* links = json::array_member(answer, name);
  if (links == nullptr) return {};
  for (const json::value& link : *links)
    if (json::text_member(link, "rel") == "next") return json::text_member(link, "href");
  return {};
}

template <class T, class Read>
base::Result<Page<T>> parse_page(const json::value& answer, std::string_view list, Read read) {
  CEEMS_TRY(const json::array* elements, json::need_array(answer, {list}));
  Page<T> page;
  page.elements.reserve(elements->size());
  for (const json::value& element : *elements) {
    T read_one = read(element);
    if (read_one.id.empty())
      return base::fail(base::ErrorCode::kInvalid, "", "an element of {} has no id", list);
    page.elements.push_back(std::move(read_one));
  }
  return page;
}

KeystoneName keystone_name_of(const json::value& value) {
  return {.id = json::text_member(value, "id"),
          .name = json::text_member(value, "name"),
          .domain_id = json::text_member(value, "domain_id")};
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_token_lifetime(std::string_view body) {
  const auto answer = json::parse(body);
  if (!answer) return std::nullopt;
  const json::value* token = json::member(*answer, "token");
  if (token == nullptr) return std::nullopt;
  const std::int64_t issued_ms = parse_instant(json::text_member(*token, "issued_at"));
  const std::int64_t expires_ms = parse_instant(json::text_member(*token, "expires_at"));
  if (issued_ms == 0 || expires_ms <= issued_ms) return std::nullopt;
  return std::chrono::milliseconds(expires_ms - issued_ms);
}

base::Result<Page<KeystoneName>> parse_keystone_names(std::string_view body, std::string_view list) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(auto page, parse_page<KeystoneName>(answer, list, keystone_name_of));
  if (const json::value* links = json::member(answer, "links"); links != nullptr)
    page.next = json::text_member(*links, "next");
  page.truncated = json::bool_member(answer, "truncated").value_or(false);
  return page;
}

base::Result<KeystoneName> parse_keystone_name(std::string_view body, std::string_view kind) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  const json::value* found = json::member(answer, kind);
  KeystoneName name = found == nullptr ? KeystoneName() : keystone_name_of(*found);
  if (name.id.empty()) return base::fail(base::ErrorCode::kInvalid, "", "the answer has no {}", kind);
  return name;
}

base::Result<Page<NovaServer>> parse_servers(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(auto page, parse_page<NovaServer>(answer, "servers", server_of));
  page.next = next_link(answer, "servers_links");
  return page;
}

base::Result<Page<NovaFlavor>> parse_flavors(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(auto page, parse_page<NovaFlavor>(answer, "flavors", flavor_of));
  page.next = next_link(answer, "flavors_links");
  return page;
}

base::Result<Page<NovaAction>> parse_actions(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  CEEMS_TRY(const json::array* list, json::need_array(answer, {"instanceActions"}));
  Page<NovaAction> page;
  page.elements.reserve(list->size());
  for (const json::value& element : *list) {
    NovaAction action;
    action.request_id = json::text_member(element, "request_id");
    action.action = json::text_member(element, "action");
    action.start_ms = parse_instant(json::text_member(element, "start_time"));
    action.finish_ms = parse_instant(json::text_member(element, "updated_at"));
    action.failed = json::text_member(element, "message") == "Error";
    if (action.action.empty() || action.start_ms == 0)
      return base::fail(base::ErrorCode::kInvalid, "",
                        "an element of instanceActions has no time or no name");
    page.elements.push_back(std::move(action));
  }
  page.next = next_link(answer, "links");
  return page;
}

}  // namespace ceems::manager
