#include "api/route_table.h"

#include "api/demo.h"
#include "api/handlers.h"

#include <initializer_list>
#include <utility>

namespace ceems::api {

namespace {

using namespace std::chrono_literals;
using enum Audience;
using enum ValueKind;

constexpr auto kQuick = 10s;
constexpr auto kCounting = 1min;
constexpr auto kLong = 5min;

constexpr RouteParameter kCluster{
    .name = "cluster_id", .repeatable = true, .description = "Only of these clusters."};
constexpr RouteParameter kProject{
    .name = "project", .repeatable = true, .description = "Only of these projects."};
constexpr RouteParameter kMembersOf{
    .name = "project",
    .repeatable = true,
    .description = "Also the service accounts of these projects, named PROJECT:svc."};
constexpr RouteParameter kOfUser{.name = "user", .repeatable = true, .description = "Only of these users."};
constexpr RouteParameter kMembersProjects{
    .name = "user", .repeatable = true, .description = "Only of projects that these users are members of."};
constexpr RouteParameter kUuid{
    .name = "uuid", .repeatable = true, .description = "Only these units, whenever they ran."};
constexpr RouteParameter kFrom{.name = "from",
                               .kind = kSeconds,
                               .description = "Beginning of the window; a day before its end unless given."};
constexpr RouteParameter kTo{
    .name = "to",
    .kind = kSeconds,
    .description = "End of the window; a day after its beginning or, without one, now unless given."};
constexpr RouteParameter kUsageFrom{
    .name = "from",
    .kind = kSeconds,
    .description = "Beginning of the window, rounded down to a quarter of an hour; a day ago unless given."};
constexpr RouteParameter kUsageTo{
    .name = "to",
    .kind = kSeconds,
    .description = "End of the window, rounded up to a quarter of an hour; now unless given."};
constexpr RouteParameter kFieldOfUnits{.name = "field",
                                       .kind = kUnitField,
                                       .repeatable = true,
                                       .description = "Only these fields; all unless given."};
constexpr RouteParameter kFieldOfUsage{.name = "field",
                                       .kind = kUsageField,
                                       .repeatable = true,
                                       .description = "Only these fields; all unless given."};
constexpr RouteParameter kRunning{
    .name = "running", .kind = kYes, .description = "Also units that still run."};
constexpr RouteParameter kTimezone{
    .name = "timezone",
    .description = "Time zone, such as Europe/Paris, of created_at, started_at and ended_at."};
constexpr RouteParameter kLimit{
    .name = "limit", .kind = kWholeNumber, .description = "At most so many units."};
constexpr RouteParameter kOffset{
    .name = "offset", .kind = kWholeNumber, .description = "Leaves out so many units at the beginning."};
constexpr RouteParameter kGroupBy{.name = "groupby",
                                  .kind = kGrouping,
                                  .repeatable = true,
                                  .description = "Groups by these too, beside user and project."};
constexpr RouteParameter kExperimental{
    .name = "experimental",
    .kind = kYes,
    .description = "Adds up days in the window, and not whole units that were touched in it."};
constexpr RouteParameter kTerminated{
    .name = "__terminated", .kind = kYes, .description = "Only units that ended. Not together with days."};
constexpr RouteParameter kRole{
    .name = "role", .kind = kAdminRole, .description = "Lists administrators, whatever else is asked for."};

constexpr RouteParameter required(RouteParameter parameter, std::string_view description) {
  parameter.required = true;
  parameter.description = description;
  return parameter;
}
constexpr RouteParameter once(RouteParameter parameter) {
  parameter.repeatable = false;
  return parameter;
}
constexpr RouteParameter described(RouteParameter parameter, std::string_view description) {
  parameter.description = description;
  return parameter;
}

std::vector<ApiRoute> make_table() {
  return {
      {"/users",
       kUsers,
       users,
       kQuick,
       Rows::kUsers,
       "The caller, with his projects",
       {kMembersOf, kCluster}},
      {"/users/admin",
       kAdministrators,
       users_admin,
       kQuick,
       Rows::kUsers,
       "All users, or administrators",
       {kOfUser, kMembersOf, kCluster, kRole}},
      {"/projects", kUsers, projects, kQuick, Rows::kProjects, "The caller's projects", {kProject, kCluster}},
      {"/projects/admin",
       kAdministrators,
       projects_admin,
       kQuick,
       Rows::kProjects,
       "All projects",
       {kProject, kCluster}},
      {"/units",
       kUsers,
       units,
       kLong,
       Rows::kUnits,
       "The caller's units that ended in a window",
       {kCluster, kProject, kUuid, kFieldOfUnits, kFrom, kTo, kRunning, kTimezone, kLimit, kOffset}},
      {"/units/admin",
       kAdministrators,
       units_admin,
       kLong,
       Rows::kUnits,
       "Units of everybody that ended in a window",
       {kCluster, kProject, kOfUser, kUuid, kFieldOfUnits, kFrom, kTo, kRunning, kTimezone, kLimit, kOffset}},
      {"/units/verify",
       kUsers,
       verify,
       kQuick,
       Rows::kNone,
       "Whether all of some units belong to projects of the caller: 200 or 403",
       {required(kUuid, "The units."), required(kCluster, "Where they ran: on one of these clusters.")}},
      {"/units/owned",
       kServiceAccount,
       owned,
       kCounting,
       Rows::kClaims,
       "Which units a user may see, and at which times nobody else had one of the same id",
       {required(once(kOfUser), "Whose units."), required(once(kCluster), "On which cluster."),
        described(kUuid, "Ids to tell about, owned or not: up to 10,000."),
        described(kFrom, "Without uuid: beginning of the time in which units may have samples."),
        described(kTo, "Without uuid: its end."),
        described(kLimit, "Without uuid: 422 if there are more units; 5000 unless given, 100,000 at most.")}},
      {"/usage/current",
       kUsers,
       current_usage,
       kLong,
       Rows::kUsage,
       "What members of the caller's projects used in a window",
       {kCluster, kProject, kFieldOfUsage, kUsageFrom, kUsageTo, kGroupBy, kExperimental, kTerminated}},
      {"/usage/current/admin",
       kAdministrators,
       current_usage_admin,
       kLong,
       Rows::kUsage,
       "What everybody used in a window",
       {kCluster, kProject, kMembersProjects, kFieldOfUsage, kUsageFrom, kUsageTo, kGroupBy, kExperimental,
        kTerminated}},
      {"/usage/global",
       kUsers,
       global_usage,
       kLong,
       Rows::kUsage,
       "What members of the caller's projects used in all",
       {kCluster, kProject, kFieldOfUsage}},
      {"/usage/global/admin",
       kAdministrators,
       global_usage_admin,
       kLong,
       Rows::kUsage,
       "What everybody used in all",
       {kCluster, kProject, kMembersProjects, kFieldOfUsage}},
      {"/stats/current/admin",
       kAdministrators,
       current_stats_admin,
       kCounting,
       Rows::kStats,
       "Numbers of units, projects and users in a window, with all that still run",
       {kCluster, kFrom, kTo}},
      {"/stats/global/admin",
       kAdministrators,
       global_stats_admin,
       kCounting,
       Rows::kStats,
       "Numbers of units, projects and users in all",
       {kCluster}},
      {"/clusters/admin",
       kAdministrators,
       clusters_admin,
       kQuick,
       Rows::kClusters,
       "Clusters that have units",
       {}},
      {"/demo/units", kAnybody, demo_units, kQuick, Rows::kUnits, "Made-up units, to try a client with", {}},
      {"/demo/usage", kAnybody, demo_usage, kQuick, Rows::kUsage, "Made-up usage, to try a client with", {}},
  };
}

}  // namespace

std::span<const ApiRoute> api_routes() {
  static const std::vector<ApiRoute> kTable = make_table();
  return kTable;
}

}  // namespace ceems::api
