#include "program/configuration.h"

#include <gtest/gtest.h>

namespace ceems::program {
namespace {

TEST(Configuration, IsValidWithoutErrorsAndWarnings) {
  EXPECT_EQ(report_check({}), 0);
  EXPECT_EQ(report_check({}, {"c.yml:3: unknown: unknown key"}), 1);
  EXPECT_EQ(report_check(base::fail(base::ErrorCode::kInvalid, "c.yml", "is empty")), 1);
}

TEST(Configuration, IsReadWithPrivilegesWhereThatTakesThem) {
  bool raised = false;
  const FileAccess access = [&](const std::function<void()>& look) {
    raised = true;
    look();
    raised = false;
  };
  const auto load = [&]() -> base::Result<bool> { return raised; };
  EXPECT_EQ(load_with(access, load), true);
  EXPECT_EQ(load_with({}, load), false);
  EXPECT_FALSE(raised);
}

}  // namespace
}  // namespace ceems::program
