#include "report/query.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

namespace ceems::report {

namespace {

std::vector<std::string> api_fields(const FieldList& fields) {
  std::vector<std::string> names;
  for (const Field* field : fields)
    names.emplace_back(field->api);
  // What the summary is made from.
  for (const char* extra : {"started_at_ts", "ended_at_ts", "username", "project", "total_time_seconds"}) {
    if (std::ranges::find(names, extra) == names.end()) names.emplace_back(extra);
  }
  return names;
}

std::string seconds_text(std::chrono::sys_seconds time) {
  return fmt::format("{}", time.time_since_epoch().count());
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  for (const std::string_view piece : base::split(text, ',')) {
    const std::string_view part = base::trim(piece);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

void set_users(UnitQuery& query, std::string_view list) {
  query.users = split_list(list);
  query.all_users = std::ranges::find(query.users, "all") != query.users.end();
  const bool only_me = query.users.size() == 1 && query.users.front() == query.current_user;
  if (query.all_users || only_me) query.users.clear();
}

std::string units_url(const ClientConfig& config, const UnitQuery& query) {
  const bool admin = query.all_users || !query.users.empty();
  std::vector<http::Parameter> parameters;
  const auto add = [&](const char* name, const std::string& value) { parameters.push_back({name, value}); };
  if (!config.cluster_id.empty()) add("cluster_id", config.cluster_id);
  add("from", seconds_text(query.from));
  add("to", seconds_text(query.to));
  if (query.running_only) add("running", "true");
  for (const std::string& field : api_fields(query.fields))
    add("field", field);
  for (const std::string& account : query.accounts)
    add("project", account);
  for (const std::string& job : query.jobs)
    add("uuid", job);
  for (const std::string& user : query.users)
    add("user", user);

  std::string_view base = config.web.url;
  while (base.ends_with('/'))
    base.remove_suffix(1);
  return fmt::format("{}/api/v1/units{}?{}", base, admin ? "/admin" : "", http::encode_form(parameters));
}

base::Result<UnitsAnswer> fetch_units(http::Client& client, const ClientConfig& config,
                                      const UnitQuery& query) {
  http::Request request;
  request.fields.add(config.user_header, query.current_user);
  CEEMS_TRY(const http::Response response, client.send(units_url(config, query), std::move(request)));
  if (response.status == 401 || response.status == 403) {
    return base::fail(base::ErrorCode::kPermission, "",
                      "forbidden. It is likely that the user is attempting to view statistics of others");
  }
  auto answer = parse_units(response.text());
  if (!answer) {
    if (response.status / 100 == 2 || answer.error().code == base::ErrorCode::kUnavailable)
      return base::wrap(answer.error(), "server did not return any data");
    return base::fail(base::ErrorCode::kUnavailable, config.web.url, "server did not return any data: {} {}",
                      response.status, http::reason_phrase(response.status));
  }
  if (query.running_only) std::erase_if(answer->units, [](const Unit& unit) { return unit.ended_at_ms > 0; });
  return answer;
}

}  // namespace ceems::report
