#include "base/address_list.h"

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

TEST(AddressListTest, HasOneWayToWriteAnAddress) {
  EXPECT_EQ(canonical_address("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(canonical_address("::FFFF:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(canonical_address("2001:DB8:0::1"), "2001:db8::1");
  EXPECT_EQ(canonical_address("fe80::1%eth0"), "fe80::1");
  EXPECT_EQ(canonical_address("::"), "::");
  for (const char* none : {"", "node7", "192.0.2", "192.0.2.1:443", "1"})
    EXPECT_EQ(canonical_address(none), std::nullopt) << none;
}

TEST(AddressListTest, ContainsTheAddressesOfItsNetworks) {
  const auto list = AddressList::parse({"192.0.2.0/24", "2001:db8::7"}).value();
  EXPECT_TRUE(list.contains("192.0.2.255"));
  EXPECT_TRUE(list.contains("::ffff:192.0.2.9"));
  EXPECT_TRUE(list.contains("2001:db8::7"));
  EXPECT_FALSE(list.contains("192.0.3.0"));
  EXPECT_FALSE(list.contains("2001:db8::8"));
  EXPECT_FALSE(list.contains("bmc"));
}

TEST(AddressListTest, RefusesWhatIsNoNetwork) {
  for (const char* none : {"bmc", "192.0.2.0/33", "2001:db8::/129", "192.0.2.0/"})
    EXPECT_FALSE(AddressList::parse({none})) << none;
}

}  // namespace
}  // namespace ceems::base
