#include "api/world_for_tests.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

namespace ceems::api {

namespace {

constexpr std::int64_t kWindowMs = 15 * 60'000;

store::TimeZone berlin() {
  auto zone = store::TimeZone::find("Europe/Berlin");
  return zone ? *zone : store::TimeZone();
}

store::User user(const char* name, std::vector<std::string> projects) {
  store::User result;
  result.name = name;
  result.projects = std::move(projects);
  return result;
}

store::Project project(const char* name, std::vector<std::string> users) {
  store::Project result;
  result.name = name;
  result.users = std::move(users);
  return result;
}

}  // namespace

Options World::default_options() {
  Options options;
  options.now = [] { return std::chrono::sys_seconds(std::chrono::seconds(kNowMs / 1'000)); };
  return options;
}

store::Unit World::unit(const char* uuid, const char* owner, const char* project_name,
                        std::int64_t hours_ago) {
  const store::TimeZone zone = berlin();
  store::Unit unit;
  unit.resource_manager = "generic";
  unit.uuid = uuid;
  unit.name = std::string("name of ") + uuid;
  unit.project = project_name;
  unit.username = owner;
  unit.started_at_ts = kNowMs - 1'000 * kHourMs;
  unit.started_at = zone.zoned(unit.started_at_ts);
  unit.ended_at = "Unknown";
  if (hours_ago > 0) {
    unit.ended_at_ts = kNowMs - hours_ago * kHourMs;
    unit.ended_at = zone.zoned(unit.ended_at_ts);
  }
  unit.state = hours_ago > 0 ? "ended" : "running";
  unit.metrics[store::Metric::kTotalTimeSeconds] = {{"walltime", 900}, {"alloc_cputime", 1'800}};
  unit.metrics[store::Metric::kAvgCpuUsage] = {{"global", 12.5}};
  unit.metrics[store::Metric::kTotalCpuEnergyUsageKwh] = {{"total", 0.25}};
  return unit;
}

World::World(const Options& options) {
  std::string name = testing::TempDir() + "ceems-api-XXXXXX";
  directory_ = ::mkdtemp(name.data());
  auto writer = store::Writer::open({directory_, berlin(), store::Accounting::kLegacy});
  EXPECT_TRUE(writer) << writer.error().text();
  writer_ = *std::move(writer);
  store::ReaderOptions reading;
  reading.path = writer_->path();
  reading.time_zone = berlin();
  reader_ = *store::Reader::create(std::move(reading));
  members_ = access::make_directory(*reader_);
  routes_ = *make_routes(options, *reader_, *members_);
  fill();
}

World::~World() {
  reader_.reset();
  writer_.reset();
  std::filesystem::remove_all(directory_);
}

void World::add(const std::string& cluster, std::vector<store::Unit> units) {
  store::WindowResult window;
  window.cluster_id = cluster;
  window.manager = "generic";
  window.start_ms = *writer_->window_start(cluster, kNowMs - 10 * kWindowMs);
  window.end_ms = window.start_ms + kWindowMs;
  for (store::Unit& unit : units)
    unit.cluster_id = cluster;
  window.units = std::move(units);
  const auto committed = writer_->commit_window(window);
  EXPECT_TRUE(committed) << committed.error().text();
}

void World::fill() {
  store::Unit hidden = unit("hidden", "ann", "bio", 1);
  hidden.ignored = true;
  add("a",
      {unit("1", "ann", "bio", 2), unit("2", "ann", "chem", 0), unit("3", "bob", "bio", 1),
       unit("4", "bio:svc", "bio", 1), unit("5", "ann", "bio", 200), hidden, unit("9", "eve", "geo", 1)});
  add("b", {unit("1", "eve", "bio", 1), unit("7", "bio:svc", "bio", 1)});

  const auto members = [&](const char* cluster, store::Membership membership) {
    store::WindowResult window;
    window.cluster_id = cluster;
    window.manager = "generic";
    window.start_ms = *writer_->window_start(cluster, 0);
    window.end_ms = window.start_ms + kWindowMs;
    window.membership = std::move(membership);
    EXPECT_TRUE(writer_->commit_window(window));
  };
  members(
      "a",
      {{user("ann", {"bio", "chem"}), user("bob", {"bio"}), user("bio:svc", {"bio"}), user("eve", {"geo"})},
       {project("bio", {"ann", "bob", "bio:svc"}), project("chem", {"ann"}), project("geo", {"eve"})},
       true});
  members("b",
          {{user("eve", {"bio"}), user("bio:svc", {"bio"})}, {project("bio", {"eve", "bio:svc"})}, true});
  EXPECT_TRUE(writer_->replace_admins("ceems", {"root", "ceems-int-svc"}, kNowMs));
}

http::Response World::send(const http::Request& request) const {
  std::optional<int> status = 404;
  for (const http::Route& route : routes_) {
    if (route.path != request.path()) continue;
    if (route.methods.empty() || std::ranges::find(route.methods, request.method) != route.methods.end())
      return route.handler(request);
    status = 405;
  }
  return http::text_response(*status, "");
}

http::Response World::ask(std::string_view name, const std::string& target) const {
  http::Request request;
  request.target = target;
  request.peer_address = "192.0.2.1";
  if (!name.empty()) request.fields.add("X-Grafana-User", std::string(name));
  return send(request);
}

std::string body_of(const http::Response& response) {
  const auto* producer = std::get_if<http::BodyProducer>(&response.body);
  if (producer == nullptr) return std::string(response.text());
  std::string body;
  for (bool more = true; more;) {
    std::string chunk;
    const auto next = (*producer)(chunk);
    EXPECT_TRUE(next) << next.error().text();
    more = next && *next;
    body += chunk;
  }
  return body;
}

}  // namespace ceems::api
