#include "update/grafana.h"

#include "base/text.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>

namespace ceems::update {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTeams = 100;
constexpr std::size_t kMaxTeamName = 100;
constexpr std::size_t kMaxMembers = 10'000;
constexpr std::size_t kMaxLogin = 256;
constexpr std::size_t kMaxBodyBytes = std::size_t{8} << 20;
constexpr std::size_t kMaxDepth = 16;
constexpr std::chrono::seconds kTimeout{10};
constexpr int kOk = 200;
constexpr int kNotFound = 404;

// It becomes part of a URL.
bool is_team(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  };
  return !id.empty() && id.size() <= kMaxTeamName && std::ranges::all_of(id, fits);
}

bool is_login(std::string_view login) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !login.empty() && login.size() <= kMaxLogin && base::is_valid_utf8(login) &&
         std::ranges::none_of(login, is_control);
}

base::Result<json::value> parse(std::string_view body, std::string_view subject) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  json::value value = json::parse({body.data(), body.size()}, error, {}, options);
  if (error)
    return base::fail(base::ErrorCode::kInvalid, subject, "the answer is not valid JSON: {}",
                      error.message());
  return value;
}

// Grafana says so itself, and not something in between.
bool says_no_such_team(const http::Response& response) {
  if (response.status != kNotFound) return false;
  const auto body = parse(response.text(), "");
  return body && body->is_object() && body->get_object().contains("message");
}

std::string path_of(const std::string& team) {
  return "/api/teams/" + team + "/members";
}

}  // namespace

base::Result<GrafanaSettings> read_grafana(const config::Node& node, const std::string& directory) {
  GrafanaSettings settings;
  CEEMS_TRY_VOID(node.check_map());
  CEEMS_TRY(settings.web, config::read_http_client(node, directory));
  CEEMS_TRY(const auto teams, node["teams_ids"].strings());
  for (const std::string& team : teams) {
    if (!is_team(team)) return node["teams_ids"].error("'" + team + "' is no id of a team");
    if (std::ranges::find(settings.teams, team) == settings.teams.end()) settings.teams.push_back(team);
  }
  if (settings.teams.size() > kMaxTeams)
    return node["teams_ids"].error(fmt::format("more than {} teams", kMaxTeams));
  return settings;
}

base::Result<std::vector<std::string>> read_team_members(std::string_view body, std::string_view subject) {
  CEEMS_TRY(const json::value answer, parse(body, subject));
  const json::array* members = answer.if_array();
  if (members == nullptr)
    return base::fail(base::ErrorCode::kInvalid, subject, "the answer is no list of members");
  if (members->size() > kMaxMembers)
    return base::fail(base::ErrorCode::kTooLarge, subject, "more than {} members", kMaxMembers);
  std::vector<std::string> logins;
  for (const json::value& member : *members) {
    const json::object* object = member.if_object();
    const json::value* login = object == nullptr ? nullptr : object->if_contains("login");
    if (login == nullptr || !login->is_string()) continue;
    const std::string_view name(login->get_string().data(), login->get_string().size());
    if (is_login(name)) logins.emplace_back(name);
  }
  return logins;
}

base::Result<std::unique_ptr<GrafanaTeams>> GrafanaTeams::create(const GrafanaSettings& settings,
                                                                 manager::MakeTransport make_transport) {
  CEEMS_TRY(auto rest, manager::Rest::create({.web = settings.web,
                                              .timeout = kTimeout,
                                              .max_body_bytes = kMaxBodyBytes,
                                              .make_transport = std::move(make_transport)}));
  return std::unique_ptr<GrafanaTeams>(new GrafanaTeams(std::move(rest), settings.teams));
}

base::Result<std::vector<std::string>> GrafanaTeams::members_of(const std::string& team) const {
  http::Request request;
  request.fields.add("Content-Type", "application/json");
  CEEMS_TRY(const http::Response response, rest_.send(path_of(team), std::move(request)));
  if (says_no_such_team(response)) return std::vector<std::string>();
  if (response.status != kOk) return rest_.refused(path_of(team), response);
  return read_team_members(response.text(), rest_.shown(path_of(team)));
}

GrafanaTeams::Answer GrafanaTeams::ask() {
  Answer answer;
  for (const std::string& team : teams_) {
    if (auto members = members_of(team)) {
      known_[team] = *std::move(members);
    } else {
      answer.failures.push_back(std::move(members).error());
    }
    answer.complete = answer.complete && known_.contains(team);
  }
  std::set<std::string> logins;
  for (const auto& [team, members] : known_)
    logins.insert(members.begin(), members.end());
  answer.logins.assign(logins.begin(), logins.end());
  return answer;
}

}  // namespace ceems::update
