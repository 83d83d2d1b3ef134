#include "api/rate_limit.h"

#include <gtest/gtest.h>

namespace ceems::api {
namespace {

std::chrono::sys_seconds at(int minute, int second) {
  return std::chrono::sys_seconds(std::chrono::seconds(minute * 60 + second));
}

TEST(RateLimit, CountsTheLastMinuteByItsShare) {
  RateLimit limit(10);
  for (int i = 0; i < 10; ++i)
    EXPECT_TRUE(limit.count("c", at(1, 30)).allowed);
  EXPECT_FALSE(limit.count("c", at(1, 59)).allowed);
  // Half a minute later half of the ten still count.
  const auto verdict = limit.count("c", at(2, 30));
  EXPECT_TRUE(verdict.allowed);
  EXPECT_EQ(verdict.remaining, 4);
  EXPECT_EQ(verdict.reset_seconds, 180);
}

TEST(RateLimit, ForgetsAfterTwoMinutes) {
  RateLimit limit(1);
  EXPECT_TRUE(limit.count("c", at(1, 0)).allowed);
  EXPECT_FALSE(limit.count("c", at(1, 1)).allowed);
  EXPECT_TRUE(limit.count("c", at(3, 0)).allowed);
}

TEST(RateLimit, KeepsClientsApart) {
  RateLimit limit(1);
  EXPECT_TRUE(limit.count("c", at(1, 0)).allowed);
  EXPECT_TRUE(limit.count("d", at(1, 0)).allowed);
}

TEST(RateLimit, SharesOneCountAmongTooManyClients) {
  RateLimit limit(3);
  for (int i = 0; i < 70'000; ++i)
    limit.count(std::to_string(i), at(1, 0));
  EXPECT_FALSE(limit.count("a newcomer", at(1, 1)).allowed);
  EXPECT_TRUE(limit.count("0", at(1, 1)).allowed);
}

TEST(ClientKey, IsTheNetworkOfAnIpv6Customer) {
  EXPECT_EQ(client_key("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(client_key("fe80::1%eth0"), "fe80::");
  EXPECT_EQ(client_key("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
  EXPECT_EQ(client_key("rubbish"), "rubbish");
  EXPECT_EQ(client_key(""), "");
}

}  // namespace
}  // namespace ceems::api
