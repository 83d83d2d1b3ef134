#include "site_requests.h"

#include "site.h"
#include "site_server.h"
#include "store/reader.h"
#include "store/time_zone.h"
#include "store/writer.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::bench {

namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kYearS = 365 * kDayS;

std::string local(std::int64_t second) {
  return store::TimeZone().local(second * 1'000);
}

// Every sum that usage tells, as SQL has them.
std::string sums() {
  std::string columns;
  for (const auto& [metric, names] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"total_time_seconds", {"alloc_cputime", "alloc_gputime", "walltime"}},
           {"total_cpu_energy_usage_kwh", {"total"}},
           {"total_cpu_emissions_gms", {"owid_total", "rte_total"}},
           {"total_gpu_energy_usage_kwh", {"total"}},
           {"total_gpu_emissions_gms", {"owid_total", "rte_total"}}})
    for (const std::string& name : names)
      columns += fmt::format(", sum(json_extract({}, '$.{}'))", metric, name);
  return columns;
}

std::vector<std::string> between(std::int64_t seconds, std::size_t round) {
  const std::int64_t to = window_end(round);
  return {local(to - seconds), local(to)};
}

std::vector<std::string> ended(std::int64_t seconds, std::size_t round) {
  const std::int64_t to = window_end(round);
  return {fmt::format("{}", (to - seconds) * 1'000), fmt::format("{}", to * 1'000 + 999)};
}

SiteRequest units_row(std::string what, std::int64_t seconds) {
  return {.what = std::move(what),
          .user = site_user(1'000),
          .target = [seconds](std::size_t round) { return "/api/v1/units?" + window(seconds, round); },
          .sql = fmt::format(
              "select * from units where username = '{}' and ended_at_ts between cast(? as integer) "
              "and cast(? as integer) order by cluster_id, uuid",
              site_user(1'000)),
          .values = [seconds](std::size_t round) { return ended(seconds, round); },
          .columns = 38};
}

SiteRequest usage_row(std::string what, std::string path, std::string user, const std::string& condition,
                      bool exact) {
  return {.what = std::move(what),
          .user = std::move(user),
          .target = [path](std::size_t round) { return path + window(kYearS, round); },
          .sql = fmt::format(
              "select username, project, count(*){} from {} where last_updated_at between ? and ?{} "
              "group by username, project order by cluster_id, username, project",
              sums(), exact ? "daily_usage" : "units", condition),
          .values = [](std::size_t round) { return between(kYearS, round); },
          .columns = 12};
}

std::string uuids(std::size_t round, std::string_view separator) {
  std::string text;
  for (std::size_t i = 0; i < 20; ++i)
    text += fmt::format("{}{}", separator, 1'000'000 + (round * 20 + i) * 97);
  return text;
}

// Some units of that user, so that verifying them succeeds.
base::Result<std::vector<std::string>> units_of(const std::string& directory, const std::string& user) {
  constexpr std::uint64_t kUnits = 2'000;
  CEEMS_TRY(const auto reader, store::Reader::create({.path = store::database_path(directory)}));
  CEEMS_TRY(const auto cursor,
            reader->units({.owners = {{.cluster_id = "", .username = user}},
                           .fields = store::UnitFields().set(index(store::UnitField::kUuid)),
                           .limit = kUnits}));
  std::vector<std::string> uuids;
  for (;;) {
    CEEMS_TRY(const auto page, cursor->next());
    if (page.empty()) break;
    for (const store::Unit& unit : page)
      uuids.push_back(unit.uuid);
  }
  if (uuids.empty()) return base::fail(base::ErrorCode::kNotFound, user, "has no units");
  return uuids;
}

SiteRequest verify_row(const std::string& user, const std::string& own_projects,
                       std::vector<std::string> uuids) {
  const auto some = [uuids = std::move(uuids)](std::size_t round, std::string_view before) {
    constexpr std::size_t kAtOnce = 20;
    std::string text;
    for (std::size_t i = 0; i < kAtOnce; ++i)
      text += fmt::format("{}{}", before, uuids[(round * kAtOnce + i) % uuids.size()]);
    return text;
  };
  return {
      .what = "verify 20 units",
      .user = user,
      .target =
          [some](std::size_t round) { return "/api/v1/units/verify?cluster_id=hpc" + some(round, "&uuid="); },
      .sql = fmt::format("select distinct uuid from units where cluster_id = 'hpc' and uuid in (select "
                         "cast(value as text) from json_each(?)) and +project in ({})",
                         own_projects),
      .values =
          [some](std::size_t round) {
            return std::vector<std::string>{"[" + some(round, ",").substr(1) + "]"};
          },
      .columns = 1};
}

std::vector<SiteRequest> rows(const std::vector<std::string>& own_units) {
  const std::string user = site_user(1'000);
  std::string own;
  for (const std::size_t project : projects_of_user(1'000))
    own += fmt::format("{}'{}'", own.empty() ? "" : ", ", site_project(project));
  const std::string mine = fmt::format(" and project in ({})", own);
  const auto nothing = [](std::size_t) { return std::vector<std::string>{}; };
  const std::string stats =
      "select cluster_id, max(resource_manager), count(*), count(distinct project), count(distinct username) "
      "from "
      "units";
  return {
      units_row("a user's units of a week", 7 * kDayS),
      units_row("a user's units of 400 days", 400 * kDayS),
      usage_row("usage, a year, a user's projects", "/api/v1/usage/current?", user, mine, false),
      usage_row("the same, energy alone",
                "/api/v1/usage/current?field=username&field=project&field=total_cpu_energy_usage_kwh&", user,
                mine, false),
      usage_row("usage, a year, everybody", "/api/v1/usage/current/admin?", "root", "", false),
      usage_row("the same, energy alone",
                "/api/v1/usage/current/admin?field=username&field=project&field=total_cpu_energy_usage_kwh&",
                "root", "", false),
      usage_row("daily usage, a year, a user's projects", "/api/v1/usage/current?experimental=1&", user, mine,
                true),
      usage_row("daily usage, a year, everybody", "/api/v1/usage/current/admin?experimental=1&", "root", "",
                true),
      {.what = "usage of all time, a user's projects",
       .user = user,
       .target = [](std::size_t) { return std::string("/api/v1/usage/global"); },
       .sql = fmt::format("select * from usage where project in ({}) order by cluster_id, username, project",
                          own),
       .values = nothing,
       .columns = 26},
      {.what = "usage of all time, everybody",
       .user = "root",
       .target = [](std::size_t) { return std::string("/api/v1/usage/global/admin"); },
       .sql = "select * from usage order by cluster_id, username, project",
       .values = nothing,
       .columns = 26},
      {.what = "statistics of all time",
       .user = "root",
       .target = [](std::size_t) { return std::string("/api/v1/stats/global/admin"); },
       .sql = stats + " group by cluster_id",
       .values = nothing,
       .columns = 5},
      {.what = "statistics of a day",
       .user = "root",
       .target = [](std::size_t round) { return "/api/v1/stats/current/admin?" + window(kDayS, round); },
       .sql =
           stats +
           " where ended_at_ts between cast(? as integer) and cast(? as integer) or ended_at_ts = 0 group by "
           "cluster_id",
       .values = [](std::size_t round) { return ended(kDayS, round); },
       .columns = 5},
      {.what = "statistics of a year",
       .user = "root",
       .target = [](std::size_t round) { return "/api/v1/stats/current/admin?" + window(kYearS, round); },
       .sql =
           stats +
           " where ended_at_ts between cast(? as integer) and cast(? as integer) or ended_at_ts = 0 group by "
           "cluster_id",
       .values = [](std::size_t round) { return ended(kYearS, round); },
       .columns = 5},
      {.what = "which of 20 units are a user's",
       .user = user,
       .target =
           [](std::size_t round) {
             // Found out first which are his, as a dashboard does: others are answered 403.
             return "/api/v1/units?field=uuid" + uuids(round, "&uuid=");
           },
       .sql = fmt::format("select uuid from units where cluster_id = 'hpc' and uuid in (select value from "
                          "json_each(?)) and username = '{}'",
                          user),
       .values =
           [](std::size_t round) {
             return std::vector<std::string>{"[" + uuids(round, ",").substr(1) + "]"};
           },
       .columns = 1},
      verify_row(user, own, own_units),
      {.what = "a user's projects",
       .user = user,
       .target = [](std::size_t) { return std::string("/api/v1/projects"); },
       .sql = fmt::format("select * from projects where name in ({}) order by cluster_id, name", own),
       .values = nothing,
       .columns = 8},
      {.what = "clusters",
       .user = "root",
       .target = [](std::size_t) { return std::string("/api/v1/clusters/admin"); },
       .sql = "select distinct cluster_id, resource_manager from units",
       .values = nothing,
       .columns = 2},
  };
}

}  // namespace

base::Result<std::vector<SiteRequest>> site_requests(const std::string& directory) {
  CEEMS_TRY(const auto own_units, units_of(directory, site_user(1'000)));
  return rows(own_units);
}

}  // namespace ceems::bench
