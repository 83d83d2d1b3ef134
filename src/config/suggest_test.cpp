#include "config/suggest.h"

#include <gtest/gtest.h>

namespace ceems::config {
namespace {

TEST(Suggest, FindsTheNearestName) {
  EXPECT_EQ(closest_name("cert_fil", {"cert", "cert_file", "key_file"}), "cert_file");
  EXPECT_EQ(closest_name("log-level", {"log.format", "log.level"}), "log.level");
}

TEST(Suggest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(closest_name("colour", {"cert", "key"}), "");
  EXPECT_EQ(closest_name("x", {}), "");
  EXPECT_EQ(closest_name(std::string(1 << 20, 'a'), {std::string(1 << 20, 'b')}), "");
}

}  // namespace
}  // namespace ceems::config
