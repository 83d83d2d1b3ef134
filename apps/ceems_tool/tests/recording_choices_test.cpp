#include "recording_choices.h"

#include <gtest/gtest.h>

namespace ceems::tool {
namespace {

using Names = std::vector<std::string>;

TEST(RecordingChoices, OfAJobGoBeforeThoseOfAll) {
  EXPECT_EQ(choice_for({"yes", "a=no"}, "a"), "no");
  EXPECT_EQ(choice_for({"yes", "a=no"}, "b"), "yes");
  EXPECT_EQ(choice_for({"a=no"}, "b"), std::nullopt);
}

TEST(RecordingChoices, TheOnlyPartIsTaken) {
  EXPECT_EQ(choose_parts("--f", "chassis", "a", {}, {"Self"}), Names{"Self"});
  EXPECT_EQ(choose_parts("--f", "chassis", "a", {"b=Other"}, {"Self"}), Names{"Self"});
}

TEST(RecordingChoices, SeveralPartsMayBeTaken) {
  EXPECT_EQ(choose_parts("--f", "chassis", "a", {"a=X", "a=Y", "Z"}, {"X", "Y", "Z"}), (Names{"X", "Y"}));
  EXPECT_EQ(choose_parts("--f", "driver", "a", {"pmbus/power1"}, {"pmbus", "amdgpu"}), Names{"pmbus/power1"});
}

TEST(RecordingChoices, PartsThatAreNotThereAreRefused) {
  const auto chosen = choose_parts("--f", "chassis", "a", {"Z"}, {"X", "Y"});
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().text(), "--f: a has no chassis 'Z'; it has X, Y");
}

TEST(RecordingChoices, GpuIsYesNoOrAuto) {
  EXPECT_TRUE(check_choices({.chassis = {}, .chips = {}, .gpu_in_host = {"yes", "a=no", "b=auto"}}));
  EXPECT_FALSE(check_choices({.chassis = {}, .chips = {}, .gpu_in_host = {"a=maybe"}}));
}

}  // namespace
}  // namespace ceems::tool
