#include "api/routes.h"

#include "api/parameters.h"
#include "api/world_for_tests.h"
#include "base/file.h"
#include "http/compression.h"

#include <filesystem>
#include <string>
#include <variant>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace ceems::api {
namespace {

http::Request get(const std::string& target) {
  http::Request request;
  request.target = target;
  request.peer_address = "192.0.2.1";
  request.fields.add("X-Grafana-User", "ann");
  return request;
}

TEST(Answer, OfAUnitHasItsKeysInOrder) {
  const World world;
  const http::Response response = world.ask("ann", "/api/v1/units");
  EXPECT_EQ(response.fields.find("Content-Type"), "application/json");
  EXPECT_EQ(response.fields.find("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(
      body_of(response),
      R"({"status":"success","data":[{"cluster_id":"a","resource_manager":"generic","uuid":"1","name":"name of 1",)"
      R"("project":"bio","username":"ann","started_at":"2026-01-18T21:00:00+0100","ended_at":"2026-03-01T11:00:00+0100",)"
      R"("started_at_ts":1768766400000,"ended_at_ts":1772359200000,"state":"ended",)"
      R"("total_time_seconds":{"alloc_cputime":1800,"walltime":900},"avg_cpu_usage":{"global":12.50000000},)"
      R"("total_cpu_energy_usage_kwh":{"total":0.25000000}}]})"
      "\n");
}

TEST(Answer, WithFieldsHasOnlyTheseAndTheId) {
  const World world;
  EXPECT_EQ(
      body_of(world.ask("ann", "/api/v1/units?field=avg_cpu_usage&field=project")),
      R"({"status":"success","data":[{"uuid":"","project":"bio","avg_cpu_usage":{"global":12.50000000}}]})"
      "\n");
}

TEST(Answer, ConvertsTimesToTheZoneThatIsAskedFor) {
  const World world;
  EXPECT_EQ(body_of(world.ask("ann",
                              "/api/v1/units?uuid=2&field=uuid&field=started_at&field=ended_at&"
                              "timezone=Asia/Kolkata")),
            R"({"status":"success","data":[{"uuid":"2","started_at":"2026-01-19T01:30:00+0530",)"
            R"("ended_at":"Unknown"}]})"
            "\n");
}

TEST(Answer, OfUsageAlwaysNamesWhoseItIs) {
  const World world;
  EXPECT_EQ(
      body_of(world.ask("ann", "/api/v1/usage/global?project=chem&field=total_cpu_energy_usage_kwh")),
      R"({"status":"success","data":[{"cluster_id":"a","resource_manager":"generic","num_units":1,)"
      R"("project":"chem","groupname":"","username":"ann","total_cpu_energy_usage_kwh":{"total":0.25000000}}]})"
      "\n");
}

TEST(Answer, OfProjectsListsTheirUsers) {
  const World world;
  EXPECT_EQ(body_of(world.ask("ann", "/api/v1/projects?project=bio")),
            R"({"status":"success","data":[{"cluster_id":"a","resource_manager":"generic","name":"bio",)"
            R"("users":["ann","bio:svc","bob"]}]})"
            "\n");
}

TEST(Answer, OfAnErrorIsAnEnvelopeToo) {
  const World world;
  const http::Response response = world.ask("", "/api/v1/units");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.fields.find("Content-Type"), "application/json");
  EXPECT_EQ(body_of(response),
            R"({"status":"error","data":null,"errorType":"unauthorized","error":"no user identified"})"
            "\n");
  EXPECT_EQ(body_of(world.ask("ann", "/api/v1/units/verify?uuid=1&cluster_id=a")),
            "{\"status\":\"success\",\"data\":null}\n");
  EXPECT_EQ(body_of(world.ask("ann", "/api/v1/units?from=x")),
            R"({"status":"error","data":null,"errorType":"bad_data",)"
            R"("error":"query parameter 'from': malformed timestamp"})"
            "\n");
}

TEST(Answer, EscapesNamesThatAreMarkup) {
  World world;
  store::Unit unit = World::unit("x", "<b>\"&\xff", "p", 1);
  unit.name = "</script>\xE2\x80\xA8\n";
  unit.tags = R"({"workdir":"<here> & there"})";
  world.add("a", {unit});
  const std::string body =
      body_of(world.ask("root", "/api/v1/units/admin?uuid=x&field=name&field=username&field=tags"));
  EXPECT_EQ(
      body,
      R"({"status":"success","data":[{"uuid":"","name":"\u003c/script\u003e\u2028\n",)"
      R"("username":"\u003cb\u003e\"\u0026\ufffd","tags":{"workdir":"\u003chere\u003e \u0026 there"}}]})"
      "\n");
}

TEST(Answer, SaysNothingOfWhatBrokeInside) {
  const World world;
  ASSERT_TRUE(base::write_file_atomically(world.directory() + "/ceems.db", "no database at all", 0600));
  std::filesystem::remove(world.directory() + "/ceems.db-wal");
  std::filesystem::remove(world.directory() + "/ceems.db-shm");
  const http::Response response = world.ask("ann", "/api/v1/units");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(body_of(response).find("database"), std::string::npos) << body_of(response);
  // Whom nobody can vouch for is no administrator, and owns nothing.
  EXPECT_EQ(world.ask("root", "/api/v1/units/admin").status, 403);
  EXPECT_EQ(world.ask("ann", "/api/v1/units/verify?uuid=1&cluster_id=a").status, 403);
  EXPECT_EQ(world.ask("", "/health").status, 503);
}

TEST(Answer, StreamsManyUnitsInBoundedPieces) {
  World world;
  constexpr int kUnits = 3'000;
  std::vector<store::Unit> units;
  for (int i = 0; i < kUnits; ++i)
    units.push_back(World::unit(fmt::format("many-{:05}", i).c_str(), "many", "p", 1));
  world.add("a", std::move(units));
  const http::Response response = world.ask("many", "/api/v1/units");
  const auto* producer = std::get_if<http::BodyProducer>(&response.body);
  ASSERT_NE(producer, nullptr);
  std::string body;
  std::size_t longest = 0;
  for (bool more = true; more;) {
    std::string chunk;
    const auto next = (*producer)(chunk);
    ASSERT_TRUE(next) << next.error().text();
    more = *next;
    longest = std::max(longest, chunk.size());
    body += chunk;
  }
  EXPECT_LT(longest, body.size() / 4);
  boost::json::error_code error;
  const auto document = boost::json::parse(body, error);
  ASSERT_FALSE(error);
  EXPECT_EQ(document.at("data").as_array().size(), static_cast<std::size_t>(kUnits));
}

TEST(Query, IsBounded) {
  const World world;
  std::string target = "/api/v1/units?";
  while (target.size() < 10'000'000)
    target += "uuid=12345678&";
  EXPECT_EQ(world.ask("ann", target).status, 400);
  target = "/api/v1/units?uuid=1";
  for (int i = 0; i < 60'000; ++i)
    target += fmt::format("&uuid=x{}", i);
  ASSERT_LT(target.size(), kMaxQueryBytes);
  EXPECT_EQ(world.ask("ann", target).status, 200);
  target.replace(0, target.find('?'), "/api/v1/units/verify");
  EXPECT_EQ(world.ask("ann", target + "&cluster_id=a").status, 403);
}

TEST(Query, LongerThanAllowedIsRefused) {
  Options options = World::default_options();
  options.max_period = std::chrono::hours(24);
  const World world(options);
  EXPECT_EQ(world.ask("ann", "/api/v1/units?from=1772280000&to=1772366400").status, 200);
  const http::Response response = world.ask("ann", "/api/v1/units?from=1772279999&to=1772366400");
  EXPECT_EQ(response.status, 400);
  EXPECT_NE(body_of(response).find("maximum query window exceeded"), std::string::npos);
  EXPECT_EQ(world.ask("root", "/api/v1/stats/current/admin?from=0&to=1772366400").status, 400);
  EXPECT_EQ(world.ask("ann", "/api/v1/usage/current?from=0").status, 400);
}

TEST(Cors, EchoesAnOriginThatMatches) {
  Options options = World::default_options();
  options.cors_origins = R"(https://(a|b)\.example)";
  options.user_headers = {"X-One", "X-Two"};
  const World world(options);
  http::Request request = get("/api/v1/units");
  request.fields.set("X-Two", "ann");
  request.fields.add("Origin", "https://b.example");
  http::Response response = world.send(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields.find("Access-Control-Allow-Origin"), "https://b.example");
  EXPECT_EQ(response.fields.find("Access-Control-Allow-Headers"),
            "Accept, Authorization, Content-Type, Origin, X-One, X-Two");
  EXPECT_EQ(response.fields.find("Access-Control-Allow-Methods"), "GET");
  EXPECT_EQ(response.fields.find("Access-Control-Expose-Headers"), "Date");
  EXPECT_EQ(response.fields.find("Vary"), "Origin");

  request.fields.set("Origin", "https://b.example.evil");
  response = world.send(request);
  EXPECT_EQ(response.fields.find("Access-Control-Allow-Origin"), std::nullopt);
  EXPECT_EQ(response.fields.find("Vary"), "Origin");
  request.fields.remove("Origin");
  EXPECT_EQ(world.send(request).fields.find("Vary"), std::nullopt);
}

TEST(Cors, AnswersAPreflightWithoutAUser) {
  const World world;
  http::Request request;
  request.method = "OPTIONS";
  request.target = "/api/v1/units/admin";
  request.fields.add("Origin", "https://grafana.example");
  const http::Response response = world.send(request);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.text(), "");
  EXPECT_EQ(response.fields.find("Access-Control-Allow-Origin"), "https://grafana.example");
}

TEST(Cors, IsOnErrorsToo) {
  const World world;
  http::Request request;
  request.target = "/api/v1/units";
  request.fields.add("Origin", "https://grafana.example");
  const http::Response response = world.send(request);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.fields.find("Access-Control-Allow-Origin"), "https://grafana.example");
}

TEST(Cors, NeedsAProperExpression) {
  Options options = World::default_options();
  options.cors_origins = "(";
  const World world;
  std::unique_ptr<access::Directory> nobody;
  store::ReaderOptions reading;
  reading.path = world.directory() + "/ceems.db";
  const auto reader = store::Reader::create(reading);
  ASSERT_TRUE(reader);
  nobody = access::make_directory(**reader);
  EXPECT_FALSE(make_routes(options, **reader, *nobody));
}

TEST(Compression, IsOffUnlessTurnedOn) {
  const World world;
  http::Request request = get("/api/v1/units");
  request.fields.add("Accept-Encoding", "gzip");
  EXPECT_EQ(world.send(request).fields.find("Content-Encoding"), std::nullopt);
}

TEST(Compression, OfAWholeAndOfAStreamedBodyKeepsTheText) {
  Options options = World::default_options();
  options.compression = 5;
  World world(options);
  std::vector<store::Unit> units;
  for (int i = 0; i < 2'000; ++i)
    units.push_back(World::unit(fmt::format("many-{:05}", i).c_str(), "many", "p", 1));
  world.add("a", std::move(units));
  for (const char* user : {"ann", "many"}) {
    http::Request request = get("/api/v1/units");
    request.fields.set("X-Grafana-User", user);
    const std::string plain = body_of(world.send(request));
    request.fields.add("Accept-Encoding", "br;q=1.0, gzip;q=0.8, *;q=0.1");
    const http::Response response = world.send(request);
    EXPECT_EQ(response.fields.find("Content-Encoding"), "gzip");
    EXPECT_EQ(response.fields.find("Vary"), "Accept-Encoding");
    const auto unpacked = http::gunzip(body_of(response), std::size_t{64} << 20);
    ASSERT_TRUE(unpacked) << unpacked.error().text();
    EXPECT_EQ(*unpacked, plain);
  }
}

TEST(Compression, HonoursARefusal) {
  Options options = World::default_options();
  options.compression = 5;
  const World world(options);
  http::Request request = get("/api/v1/units");
  request.fields.add("Accept-Encoding", "gzip;q=0, identity");
  EXPECT_EQ(world.send(request).fields.find("Content-Encoding"), std::nullopt);
  request.fields.set("Accept-Encoding", "gzip;q=0.1, deflate");
  EXPECT_EQ(world.send(request).fields.find("Content-Encoding"), "deflate");
}

TEST(RateLimiting, RefusesWhatIsTooMuch) {
  Options options = World::default_options();
  options.max_requests = 2;
  const World world(options);
  http::Request request = get("/api/v1/units");
  EXPECT_EQ(world.send(request).fields.find("X-RateLimit-Remaining"), "1");
  EXPECT_EQ(world.send(request).fields.find("X-RateLimit-Remaining"), "0");
  const http::Response response = world.send(request);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.fields.find("Retry-After"), "60");
  EXPECT_EQ(response.fields.find("X-RateLimit-Limit"), "2");
  EXPECT_EQ(response.fields.find("X-RateLimit-Reset"), "1772366460");
  EXPECT_EQ(response.text(), "Too Many Requests\n");
  // A header that anybody can send makes no new client.
  request.fields.add("X-Forwarded-For", "198.51.100.1");
  EXPECT_EQ(world.send(request).status, 429);
  request.peer_address = "192.0.2.2";
  EXPECT_EQ(world.send(request).status, 200);
}

TEST(RateLimiting, CountsClientsBehindAProxy) {
  Options options = World::default_options();
  options.max_requests = 1;
  options.peers = access::PeerPolicy(*access::AddressList::parse({"192.0.2.1"}));
  const World world(options);
  for (const char* client : {"198.51.100.1", "198.51.100.2", "9.9.9.9, 198.51.100.1"}) {
    http::Request request = get("/api/v1/units");
    request.fields.add("X-Forwarded-For", client);
    EXPECT_EQ(world.send(request).status, client[0] == '9' ? 429 : 200) << client;
  }
}

TEST(Identity, IsTheFirstUserHeaderThatSaysSomething) {
  Options options = World::default_options();
  options.user_headers = {"X-First", "X-Second"};
  const World world(options);
  http::Request request;
  request.target = "/api/v1/users";
  request.fields.add("X-Grafana-User", "root");
  EXPECT_EQ(world.send(request).status, 401);
  request.fields.add("X-First", "");
  request.fields.add("X-Second", "ann");
  EXPECT_NE(body_of(world.send(request)).find("\"ann\""), std::string::npos);
}

TEST(Identity, IsNobodysWhoHasTwoNames) {
  const World world;
  http::Request request = get("/api/v1/units");
  request.fields.add("x-grafana-user", "root");
  EXPECT_EQ(world.send(request).status, 401);
  request.fields.set("X-Grafana-User", "ann, root");
  EXPECT_EQ(body_of(world.send(request)), "{\"status\":\"success\",\"data\":[]}\n");
  request = get("/api/v1/units");
  request.fields.add("X-Grafana-User", "ann");
  EXPECT_EQ(world.send(request).status, 200);
}

TEST(Identity, OfTheServiceAccountIsBelievedOfAnAuthenticatedPeer) {
  const World world;
  http::Request request = get("/api/v1/clusters/admin");
  request.fields.set("X-Grafana-User", "ceems-int-svc");
  EXPECT_EQ(world.send(request).status, 403);
  request.authenticated_user = "lb";
  EXPECT_EQ(world.send(request).status, 200);
}

TEST(Routes, ServeHealthAndALandingPage) {
  const World world;
  const http::Response health = world.ask("", "/health");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.text(), "CEEMS API Server is healthy");
  EXPECT_EQ(health.fields.find("X-Content-Type-Options"), "nosniff");
  const http::Response page = world.ask("", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.text().find("CEEMS API Server"), std::string::npos);
  EXPECT_EQ(world.ask("", "/metrics").status, 404);
}

TEST(Routes, TakeAPrefix) {
  Options options = World::default_options();
  options.route_prefix = "/ceems";
  options.metrics = [] { return std::string("m 1\n"); };
  const World world(options);
  EXPECT_EQ(world.ask("ann", "/ceems/api/v1/units").status, 200);
  EXPECT_EQ(world.ask("ann", "/api/v1/units").status, 404);
  EXPECT_EQ(world.ask("", "/health").status, 200);
  EXPECT_EQ(world.ask("", "/metrics").text(), "m 1\n");
}

TEST(Routes, TellWhatWasAnswered) {
  std::vector<std::string> answered;
  Options options = World::default_options();
  options.count = [&](std::string_view route, int status, std::chrono::nanoseconds) {
    answered.push_back(fmt::format("{} {}", route, status));
  };
  const World world(options);
  (void)world.ask("ann", "/api/v1/units?uuid=1");
  (void)world.ask("", "/api/v1/clusters/admin");
  (void)world.ask("", "/health");
  EXPECT_EQ(answered, (std::vector<std::string>{"/units 200", "/clusters/admin 401"}));
}

TEST(Usage, CountsDaysWhereThatIsTurnedOn) {
  Options options = World::default_options();
  const World whole(options);
  options.exact_usage = true;
  const World exact(options);
  // The day's mark lies outside of the window, the update inside.
  const char* target = "/api/v1/usage/current?project=chem&from=1772358300&to=1772358300";
  EXPECT_NE(body_of(whole.ask("ann", target)).find("\"ann\""), std::string::npos);
  EXPECT_EQ(body_of(exact.ask("ann", target)), "{\"status\":\"success\",\"data\":[]}\n");
}

TEST(Routes, KnowOnlyGetAndOptions) {
  const World world;
  for (const char* method : {"HEAD", "POST", "PUT", "DELETE", "get"}) {
    http::Request request = get("/api/v1/units");
    request.method = method;
    EXPECT_EQ(world.send(request).status, 405) << method;
  }
}

}  // namespace
}  // namespace ceems::api
