// What the service account is told of who owns what.
#include "api/routes.h"
#include "api/world_for_tests.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::api {
namespace {

constexpr const char* kOwned = "/api/v1/units/owned?";

http::Response ask(const World& world, const std::string& query) {
  http::Request request;
  request.target = kOwned + query;
  request.peer_address = "192.0.2.1";
  request.authenticated_user = "lb";
  request.fields.add("X-Grafana-User", "ceems-int-svc");
  return world.send(request);
}

std::string rows(const World& world, const std::string& query) {
  const http::Response response = ask(world, query);
  const std::string body = body_of(response);
  const std::size_t begin = body.find('['), end = body.rfind(']');
  if (response.status != 200 || begin == std::string::npos)
    return fmt::format("{} {}", response.status, body);
  return body.substr(begin, end - begin + 1);
}

// Job 7 was geo's, then bio's, and is geo's now.
void reuse_an_id(World& world) {
  store::Unit first = World::unit("7", "eve", "geo", 10);
  first.started_at_ts = kNowMs - 11 * kHourMs;
  first.started_at = "first";
  store::Unit second = World::unit("7", "bob", "bio", 5);
  second.started_at_ts = kNowMs - 6 * kHourMs;
  second.started_at = "second";
  store::Unit third = World::unit("7", "eve", "geo", 0);
  third.started_at_ts = kNowMs - 2 * kHourMs;
  third.started_at = "third";
  world.add("a", {first, second, third});
}

TEST(Owned, TellsWhenNobodyElseHadAnId) {
  World world;
  reuse_an_id(world);
  // Each unit of somebody else's counts for ten minutes longer.
  EXPECT_EQ(
      rows(world, "user=ann&cluster_id=a&uuid=7&uuid=9&uuid=none"),
      R"([{"uuid":"7","owned":true,"nobody_else":[[null,1772326799999],[1772331000001,1772359199999]]},)"
      R"({"uuid":"9","owned":false,"nobody_else":[[null,1768766399999],[1772363400001,null]]},)"
      R"({"uuid":"none","owned":false,"nobody_else":[[null,null]]}])");
  EXPECT_EQ(rows(world, "user=eve&cluster_id=a&uuid=7"),
            R"([{"uuid":"7","owned":true,"nobody_else":[[null,1772344799999],[1772349000001,null]]}])");
  // A project of the same name on another cluster opens nothing.
  EXPECT_EQ(rows(world, "user=eve&cluster_id=b&uuid=7"),
            R"([{"uuid":"7","owned":true,"nobody_else":[[null,null]]}])");
  EXPECT_EQ(rows(world, "user=bob&cluster_id=b&uuid=7").substr(0, 27), R"([{"uuid":"7","owned":false,)");
}

TEST(Owned, ListsTheUnitsOfAWindow) {
  World world;
  reuse_an_id(world);
  // Five to six hours ago; the unit that ended 200 hours ago is not in it, nor is what geo had.
  const std::string window = "&from=1772344800&to=1772348400";
  EXPECT_EQ(rows(world, "user=bob&cluster_id=a&from=1772344800&to=1772348400"),
            R"([{"uuid":"1","owned":true,"nobody_else":[[null,null]]},)"
            R"({"uuid":"3","owned":true,"nobody_else":[[null,null]]},)"
            R"({"uuid":"4","owned":true,"nobody_else":[[null,null]]},)"
            R"({"uuid":"7","owned":true,"nobody_else":[[null,1772326799999],[1772331000001,1772359199999]]},)"
            R"({"uuid":"hidden","owned":true,"nobody_else":[[null,null]]}])");
  EXPECT_EQ(rows(world, "user=mallory&cluster_id=a" + window), "[]");
  EXPECT_EQ(rows(world, "user=eve&cluster_id=c" + window), "[]");
  EXPECT_EQ(
      rows(world, "user=eve&cluster_id=b&from=-9223372036854775808&to=9223372036854775807").substr(0, 40),
      R"([{"uuid":"1","owned":true,"nobody_else":)");
  // A unit may have samples for ten minutes after its end.
  EXPECT_NE(rows(world, "user=eve&cluster_id=a&from=1772363400&to=1772363400").find("\"9\""),
            std::string::npos);
  EXPECT_EQ(rows(world, "user=eve&cluster_id=a&from=1772363401&to=1772363500").find("\"9\""),
            std::string::npos);
}

TEST(Owned, IsForTheServiceAccountAlone) {
  const World world;
  const std::string target = std::string(kOwned) + "user=ann&cluster_id=a&uuid=1";
  EXPECT_EQ(world.ask("ann", target).status, 403);
  EXPECT_EQ(world.ask("root", target).status, 403);
  EXPECT_EQ(world.ask("", target).status, 401);
  // From afar nobody is believed to be it without a password.
  EXPECT_EQ(world.ask("ceems-int-svc", target).status, 403);
  EXPECT_EQ(ask(world, "user=ann&cluster_id=a&uuid=1").status, 200);
}

TEST(Owned, IsBounded) {
  const World world;
  const std::string who = "user=ann&cluster_id=a";
  for (const char* query :
       {"", "user=ann&uuid=1", "cluster_id=a&uuid=1", "user=&cluster_id=a&uuid=1",
        "user=ann&user=bob&cluster_id=a&uuid=1", "user=ann&cluster_id=a&cluster_id=b&uuid=1",
        "user=ann&cluster_id=a", "user=ann&cluster_id=a&from=1", "user=ann&cluster_id=a&from=1&to=x",
        "user=ann&cluster_id=a&from=1&to=2&limit=0", "user=ann&cluster_id=a&from=1&to=2&limit=100001"})
    EXPECT_EQ(ask(world, query).status, 400) << query;
  EXPECT_EQ(rows(world, who + "&from=0&to=1772366400&limit=2"),
            "422 {\"status\":\"error\",\"data\":null,\"errorType\":\"execution\","
            "\"error\":\"more than 2 units in that time\"}\n");
  std::string many = who;
  for (int i = 0; i < 10'001; ++i)
    many += fmt::format("&uuid=x{}", i);
  EXPECT_EQ(ask(world, many).status, 400);
  EXPECT_EQ(ask(world, many.substr(0, many.rfind('&'))).status, 200);
}

TEST(Owned, TellsOfManyUnitsPieceByPiece) {
  World world;
  std::vector<store::Unit> units;
  for (int i = 0; i < 3'000; ++i)
    units.push_back(World::unit(fmt::format("many{:04}", i).c_str(), "bob", "bio", 5));
  world.add("a", units);
  const std::string query = "user=bob&cluster_id=a&from=1772344800&to=1772348400";
  const http::Response response = ask(world, query);
  EXPECT_TRUE(std::holds_alternative<http::BodyProducer>(response.body));
  const std::string body = body_of(response);
  std::size_t found = 0;
  for (std::size_t at = body.find("\"many"); at != std::string::npos; at = body.find("\"many", at + 1))
    ++found;
  EXPECT_EQ(found, 3'000U);
  EXPECT_NE(body.find(R"({"uuid":"many2999","owned":true,"nobody_else":[[null,null]]})"), std::string::npos);
  EXPECT_EQ(body.find("}{"), std::string::npos);
}

TEST(Owned, TellsHowOldTheDatabaseIs) {
  const World world;
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
  for (const char* name : {"/ceems.db", "/ceems.db-wal"})
    std::filesystem::last_write_time(world.directory() + name, old);
  const http::Response response = ask(world, "user=ann&cluster_id=a&uuid=1");
  const auto age = std::stoi(std::string(response.fields.find("X-Ceems-Database-Age").value_or("0")));
  EXPECT_GE(age, 7'200);
  EXPECT_LT(age, 7'300);
  const http::Response admins = world.ask("root", "/api/v1/users/admin?role=admin");
  EXPECT_TRUE(admins.fields.find("X-Ceems-Database-Age"));
}

TEST(Owned, SaysNothingByADatabaseThatIsBroken) {
  const World world;
  std::filesystem::resize_file(world.directory() + "/ceems.db", 5'000);
  std::filesystem::remove(world.directory() + "/ceems.db-wal");
  std::filesystem::remove(world.directory() + "/ceems.db-shm");
  EXPECT_EQ(ask(world, "user=ann&cluster_id=a&uuid=1").status, 500);
}

}  // namespace
}  // namespace ceems::api
