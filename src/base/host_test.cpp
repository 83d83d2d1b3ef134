#include "base/host.h"

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

TEST(HostTest, KnowsTheKernelAndTheHost) {
  const KernelInfo info = kernel_info();
  EXPECT_EQ(info.system, "Linux");
  EXPECT_FALSE(info.release.empty());
  EXPECT_FALSE(info.machine.empty());
  const auto name = host_name();
  ASSERT_TRUE(name);
  EXPECT_EQ(*name, info.node);
}

TEST(HostTest, RaisesTheSoftDescriptorLimitToTheHardOne) {
  const auto before = descriptor_limit();
  ASSERT_TRUE(before);
  const auto raised = raise_descriptor_limit();
  ASSERT_TRUE(raised) << raised.error().text();
  EXPECT_EQ(raised->soft, before->hard);
  EXPECT_EQ(raised->hard, before->hard);
}

TEST(HostTest, PrintsLimits) {
  EXPECT_EQ(limit_text(1024), "1024");
  EXPECT_EQ(limit_text(kUnlimited), "unlimited");
}

}  // namespace
}  // namespace ceems::base
