#include "api/client_address.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::api {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string seen(const char* peer, const Fields& fields) {
  http::Request request;
  request.peer_address = peer;
  for (const auto& [name, value] : fields)
    request.fields.add(name, value);
  const auto trusted = access::AddressList::parse({"10.0.0.0/8", "2001:db8:ffff::/48"});
  EXPECT_TRUE(trusted);
  return client_address(request, access::PeerPolicy(*trusted));
}

TEST(ClientAddress, IsThePeersUnlessThatIsAProxy) {
  const Fields claims{{"X-Forwarded-For", "198.51.100.1"}, {"X-Real-IP", "198.51.100.2"}};
  EXPECT_EQ(seen("192.0.2.1", claims), "192.0.2.1");
  EXPECT_EQ(seen("10.0.0.1", claims), "198.51.100.1");
  EXPECT_EQ(seen("", claims), "");
}

TEST(ClientAddress, IsNotWhatTheClientWroteBeforeTheProxy) {
  EXPECT_EQ(seen("10.0.0.1", {{"x-forwarded-for", "1.2.3.4, 198.51.100.1"}}), "198.51.100.1");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "1.2.3.4"}, {"X-Forwarded-For", "198.51.100.1,"}}),
            "198.51.100.1");
  EXPECT_EQ(seen("10.0.0.1", {{"True-Client-IP", "1.2.3.4"}, {"X-Forwarded-For", "198.51.100.1"}}),
            "198.51.100.1");
}

TEST(ClientAddress, LooksThroughAChainOfProxies) {
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "1.2.3.4, 198.51.100.1, 10.7.0.1, 2001:db8:ffff::2"}}),
            "198.51.100.1");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}), "10.0.0.3");
}

TEST(ClientAddress, MayComeWithAPort) {
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "198.51.100.1:4711"}}), "198.51.100.1");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "[2001:db8::1]:4711"}}), "2001:db8::1");
  EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", "2001:db8::1"}}), "2001:db8::1");
}

TEST(ClientAddress, IsNotWhatIsNone) {
  for (const char* rubbish : {"unknown", "_hidden", "198.51.100.1.5", "a:1", "[", "[]", "::g", "' or 1=1"}) {
    EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", rubbish}}), "10.0.0.1") << rubbish;
    EXPECT_EQ(seen("10.0.0.1", {{"X-Real-IP", rubbish}, {"True-Client-IP", "198.51.100.1"}}), "198.51.100.1")
        << rubbish;
    EXPECT_EQ(seen("10.0.0.1", {{"X-Forwarded-For", std::string(rubbish) + ", 10.0.0.9"}}), "10.0.0.9");
  }
}

}  // namespace
}  // namespace ceems::api
