#include "manager/openstack_units.h"

#include "base/file.h"
#include "manager/instant.h"

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01
constexpr std::int64_t kMinute = 60'000;

std::string data(const std::string& name) {
  return *base::read_file(std::string(CEEMS_TEST_DATA) + "/openstack/" + name);
}

NovaServer server(const std::string& status, std::int64_t updated_minute) {
  NovaServer made;
  made.id = "s";
  made.status = status;
  made.launched_ms = kStart;
  made.updated_ms = kStart + updated_minute * kMinute;
  made.flavor.vcpus = 4;
  made.flavor.ram_mb = 100;
  made.flavor.vgpus = 2;
  return made;
}

// How many minutes of the hour it held its resources.
std::int64_t minutes(const NovaServer& of, const std::optional<std::vector<NovaAction>>& actions) {
  const auto run = run_of(of, "ann", "sky", pauses_of(of, actions));
  const std::int64_t end = run.end_ms > 0 ? run.end_ms : kStart + 60 * kMinute;
  return active_ms(run, run.start_ms, end) / kMinute;
}

NovaAction action(const std::string& name, std::int64_t minute) {
  return {.action = name, .start_ms = kStart + minute * kMinute, .finish_ms = kStart + minute * kMinute};
}

TEST(OpenstackAnswers, TellAServer) {
  const auto page = parse_servers(data("servers.json"));
  ASSERT_TRUE(page) << page.error().text();
  ASSERT_EQ(page->elements.size(), 2U);
  EXPECT_NE(page->next, "");
  const NovaServer& one = page->elements.front();
  EXPECT_EQ(one.launched_ms, kStart + 40'000);
  EXPECT_EQ(one.terminated_ms, 0);
  EXPECT_EQ(one.flavor.vgpus, 2);
  EXPECT_EQ(one.power_state, "RUNNING");
  EXPECT_EQ(page->elements.back().launched_ms, 0);
  EXPECT_EQ(page->elements.back().flavor.swap_mb, 256);
  const auto run = run_of(one, "ann", "sky", {});
  EXPECT_EQ(run.allocation,
            R"({"disk":20,"extra_specs":{"resources:VGPU":"2","hw:cpu_policy":"dedicated"},"mem":8192,)"
            R"("name":"m1.gpu","swap":0,"vcpus":4,"vgpus":2})");
  EXPECT_EQ(run.tags, R"({"az":"nova","metadata":{"team":"a \"quoted\" one"},"power_state":"RUNNING",)"
                      R"("reservation_id":"r-0scisg0g","tags":["blue","green"]})");
  // Where it runs is not told.
  EXPECT_EQ(run.tags.find("compute-7"), std::string::npos);
}

TEST(OpenstackAnswers, RefuseWhatIsNoAnswer) {
  for (const char* text : {"", "<html>", "[]", "{\"servers\": 7}", "{\"servers\": [{}]}",
                           "{\"servers\": [7]}", "{\"servers\": [{\"id\": \"a\"}"})
    EXPECT_FALSE(parse_servers(text)) << text;
  EXPECT_FALSE(parse_actions("{\"instanceActions\": [{\"action\": \"stop\"}]}"));
  EXPECT_FALSE(parse_keystone_names("{\"users\": null}", "users"));
  for (const char* text : {"", "{}", "{\"user\": 7}", "{\"user\": {\"name\": \"ann\"}}"}) {
    EXPECT_FALSE(parse_keystone_name(text, "user")) << text;
  }
  EXPECT_FALSE(parse_servers(data("servers.json").substr(0, 700)));
}

TEST(OpenstackAnswers, TellHowLongATokenLives) {
  EXPECT_EQ(parse_token_lifetime(data("token.json")), std::chrono::hours(1));
  EXPECT_FALSE(parse_token_lifetime("{}"));
  EXPECT_FALSE(parse_token_lifetime(
      R"({"token": {"issued_at": "2030-01-01T01:00:00Z", "expires_at": "2030-01-01T00:00:00Z"}})"));
}

TEST(OpenstackAnswers, ReadInstantsWithAndWithoutFractions) {
  EXPECT_EQ(parse_instant("2030-01-01T00:00:05Z"), kStart + 5'000);
  EXPECT_EQ(parse_instant("2030-01-01T00:00:05.999999"), kStart + 5'000);
  EXPECT_EQ(parse_instant("2030-01-01T01:00:05.5+01:00"), kStart + 5'000);
  for (const char* text : {"", "null", "2030-01-01", "2030-01-01T00:00:05.", "0001-01-01T00:00:00Z", "x.5"})
    EXPECT_EQ(parse_instant(text), 0) << text;
  EXPECT_EQ(instant_text(kStart + 5'999), "2030-01-01T00:00:05Z");
}

TEST(OpenstackUnits, CountTheTimesBetweenStopAndStartAsNone) {
  const auto actions = parse_actions(data("actions.json"));
  ASSERT_TRUE(actions) << actions.error().text();
  // Nova tells the latest first.
  const std::vector<NovaAction> in_order(actions->elements.rbegin(), actions->elements.rend());
  const auto pauses = pauses_of(server("ACTIVE", 30), in_order);
  ASSERT_EQ(pauses.size(), 1U);
  // It stops when the stop is done, and a start that failed does not count.
  EXPECT_EQ(pauses[0].from_ms, kStart + 10 * kMinute + 20'000);
  EXPECT_EQ(pauses[0].to_ms, kStart + 30 * kMinute);
}

TEST(OpenstackUnits, StandStillSinceTheyWereStopped) {
  // Its metadata was changed at minute 50.
  EXPECT_EQ(minutes(server("SHUTOFF", 50), {{action("create", 0), action("stop", 20)}}), 20);
  // Shelving again what is shelved changes nothing.
  EXPECT_EQ(minutes(server("SHELVED_OFFLOADED", 50), {{action("shelve", 20), action("shelveOffload", 30)}}),
            20);
  EXPECT_EQ(minutes(server("ACTIVE", 50), {{action("suspend", 20), action("resume", 50)}}), 30);
  EXPECT_EQ(minutes(server("ACTIVE", 50), {{action("reboot", 20), action("resize", 50)}}), 60);
}

TEST(OpenstackUnits, GoBySinceWhenTheyStandStillWhereThereIsNoHistory) {
  EXPECT_EQ(minutes(server("SHUTOFF", 25), {}), 25);
  EXPECT_EQ(minutes(server("ACTIVE", 25), {}), 60);
}

TEST(OpenstackUnits, TrustTheStateMoreThanTheHistory) {
  // The start is not in the history any more, and neither is the stop.
  EXPECT_EQ(minutes(server("ACTIVE", 40), {{action("stop", 20)}}), 40);
  EXPECT_EQ(minutes(server("SHUTOFF", 40), {{action("create", 0)}}), 40);
}

TEST(OpenstackUnits, EndWhenTheyAreDeleted) {
  NovaServer deleted = server("DELETED", 50);
  deleted.terminated_ms = kStart + 50 * kMinute;
  EXPECT_EQ(minutes(deleted, {{action("create", 0), action("delete", 50)}}), 50);
  EXPECT_EQ(minutes(deleted, {{action("stop", 10), action("delete", 50)}}), 10);
  deleted.terminated_ms = 0;
  EXPECT_EQ(deleted_ms(deleted), kStart + 50 * kMinute);
}

TEST(OpenstackUnits, KeepWhatARelaunchedServerHad) {
  const KnownUnit known{.resource_manager = "openstack",
                        .uuid = "s",
                        .started_at_ms = kStart,
                        .allocation = R"({"vcpus":4,"mem":100,"vgpus":2})"};
  const auto run = relaunched_run(known, kStart + kMinute, {});
  EXPECT_EQ(run.cpus, 4);
  EXPECT_EQ(run.gpus, 2);
  EXPECT_EQ(run.memory, 100);
  EXPECT_EQ(run.end_ms, kStart + kMinute);
}

}  // namespace
}  // namespace ceems::manager
