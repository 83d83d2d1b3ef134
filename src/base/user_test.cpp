#include "base/user.h"

#include "base/file.h"
#include "base/temporary_directory_test.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(UserTest, FindsUsersByName) {
  const auto root = find_user("root");
  ASSERT_TRUE(root) << root.error().text();
  EXPECT_EQ(root->uid, 0U);
  EXPECT_EQ(root->gid, 0U);
  EXPECT_FALSE(root->home.empty());
  EXPECT_TRUE(std::ranges::find(root->groups, 0U) != root->groups.end());
}

TEST(UserTest, FindsUsersByNumber) {
  const auto root = find_user("0");
  ASSERT_TRUE(root) << root.error().text();
  EXPECT_EQ(root->name, "root");
}

TEST(UserTest, NamesTheUnknownUser) {
  for (const std::string name : {"no-such-user-here", "4294967295", "99999999999999999999", "", "-1"}) {
    const auto user = find_user(name);
    ASSERT_FALSE(user) << name;
    EXPECT_EQ(user.error().code, ErrorCode::kNotFound) << name;
    EXPECT_EQ(user.error().subject, name);
  }
}

TEST(UserTest, KnowsTheCurrentUser) {
  const User self = current_user();
  EXPECT_EQ(self.uid, ::geteuid());
  EXPECT_EQ(self.gid, ::getegid());
  // An id without a name is legal, as in some containers.
  const auto known = find_user(self.name);
  if (known) {
    EXPECT_EQ(known->uid, self.uid);
  } else {
    EXPECT_EQ(self.name, std::to_string(self.uid));
  }
}

TEST(UserTest, FindsTheFilesThatAUserCannotRead) {
  const TemporaryDirectory directory;
  const std::string open_file = directory.path("open");
  const std::string missing = directory.path("missing");
  ASSERT_TRUE(write_file_atomically(open_file, "x", 0644));

  const auto unreadable = unreadable_files(current_user(), {open_file, missing});
  ASSERT_TRUE(unreadable) << unreadable.error().text();
  EXPECT_THAT(*unreadable, ElementsAre(missing));
  EXPECT_THAT(*unreadable_files(current_user(), {}), IsEmpty());
}

// Root may answer for others; everybody else is told that it cannot.
TEST(UserTest, AsksAsTheOtherUser) {
  const TemporaryDirectory directory;
  ::chmod(directory.path().c_str(), 0755);
  const std::string secret = directory.path("secret");
  const std::string shared = directory.path("shared");
  ASSERT_TRUE(write_file_atomically(secret, "x", 0600));
  ASSERT_TRUE(write_file_atomically(shared, "x", 0644));
  const auto other = find_user(current_user().name == "nobody" ? "root" : "nobody");
  ASSERT_TRUE(other);
  const auto unreadable = unreadable_files(*other, {shared, secret});
  if (::geteuid() == 0) {
    ASSERT_TRUE(unreadable) << unreadable.error().text();
    EXPECT_THAT(*unreadable, ElementsAre(secret));
    EXPECT_EQ(::geteuid(), 0U);
  } else {
    ASSERT_FALSE(unreadable);
    EXPECT_EQ(unreadable.error().code, ErrorCode::kPermission);
  }
}

}  // namespace
}  // namespace ceems::base
