#include "api/settings.h"

#include "access/caller.h"

#include <algorithm>
#include <string_view>

namespace ceems::api {

namespace {

// Keys below ceems_api_server, with those that other programs read from the same file.
constexpr std::string_view kSectionKeys[] = {"data", "admin", "web", "cluster_id", "user_header_name"};

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

base::Result<AdminSettings> read_admin_settings(const config::Document& document,
                                                const std::string& directory) {
  const config::Node section = document.root()["ceems_api_server"];
  CEEMS_TRY_VOID(section.check_map());
  const config::Node admin = section["admin"];
  CEEMS_TRY_VOID(admin.check_map());
  AdminSettings settings;
  CEEMS_TRY(settings.users, admin["users"].strings());
  std::erase(settings.users, std::string());
  if (std::ranges::find(settings.users, access::kServiceAccount) == settings.users.end())
    settings.users.emplace_back(access::kServiceAccount);

  CEEMS_TRY(settings.grafana, update::read_grafana(admin["grafana"], directory));
  return settings;
}

std::vector<std::string> unknown_keys(const config::Document& document) {
  const config::Node root = document.root();
  const config::Node section = root["ceems_api_server"];
  std::vector<std::string> unknown;
  for (const auto& [key, node] : section.pairs()) {
    if (std::ranges::find(kSectionKeys, key) == std::end(kSectionKeys))
      unknown.push_back(node.message("unknown key"));
  }
  append(unknown, document.unknown_keys(section["data"]));
  append(unknown, document.unknown_keys(section["admin"]));
  append(unknown, document.unknown_keys(root["clusters"]));
  append(unknown, document.unknown_keys(root["updaters"]));
  return unknown;
}

}  // namespace ceems::api
