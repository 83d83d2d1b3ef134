#include "base/grant.h"

#include "base/file.h"
#include "base/forked_test.h"
#include "base/privilege.h"
#include "base/temporary_directory_test.h"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::base {
namespace {

class GrantTest : public ::testing::Test {
 protected:
  GrantTest() {
    ::chmod(directory_.c_str(), 0755);
    data_ = directory_ + "/data";
    file_ = data_ + "/file";
    ::mkdir(data_.c_str(), 0700);
    (void)write_file_atomically(file_, "x", 0600);
    other_ = find_user("nobody").value_or(User());
  }

  mode_t mode(const std::string& path) {
    struct stat info{};
    ::stat(path.c_str(), &info);
    return info.st_mode & 0777U;
  }
  std::size_t unmet() { return unmet_needs(other_, needs())->size(); }
  std::vector<PathNeed> needs() { return {{data_, R_OK | W_OK | X_OK}, {file_, R_OK | W_OK}}; }

  const TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path();
  std::string data_;
  std::string file_;
  User other_;
};

// Only root can become somebody else to look; everybody else is told so and nothing changes.
TEST_F(GrantTest, LetsAUserInAndOutAgain) {
  auto grants = Grants::add(other_, needs());
  if (::geteuid() != 0) {
    ASSERT_FALSE(grants);
    EXPECT_EQ(grants.error().code, ErrorCode::kPermission);
    EXPECT_EQ(mode(file_), 0600U);
    return;
  }
  ASSERT_TRUE(grants) << grants.error().text();
  EXPECT_THAT(grants->paths(), ::testing::ElementsAre(data_, file_));
  EXPECT_EQ(unmet(), 0U);
  ASSERT_TRUE(grants->revoke());
  EXPECT_TRUE(grants->empty());
  EXPECT_EQ(unmet(), 2U);
  EXPECT_EQ(mode(data_), 0700U);
  EXPECT_EQ(mode(file_), 0600U);
}

// As it is used: the process that takes back is not root any more, and reaches the files only by its grants.
TEST_F(GrantTest, TakesBackAsTheUserWhoWasLetIn) {
  const std::string answer = in_child([this]() -> std::string {
    auto grants = Grants::add(other_, needs());
    if (!grants) return grants.error().text();
    const auto dropped =
        drop_privileges({.user = other_.name, .needs = {{"grants", {"CAP_FOWNER"}}}, .keep_effective = true});
    if (!dropped) return dropped.error().text();
    const auto revoked = grants->revoke();
    return revoked ? "revoked" : revoked.error().text();
  });
  if (::geteuid() == 0) {
    EXPECT_EQ(answer, "revoked");
  } else {
    EXPECT_EQ(answer, other_.name + ": cannot become this user");
  }
  EXPECT_EQ(mode(data_), 0700U);
  EXPECT_EQ(mode(file_), 0600U);
}

// An entry that the mask keeps without effect must not come to life.
TEST_F(GrantTest, RestoresAListThatWasThereBefore) {
  auto earlier = Grants::add(other_, needs());
  ::chmod(file_.c_str(), 0600);
  auto grants = Grants::add(other_, needs());
  if (::geteuid() != 0) {
    EXPECT_FALSE(earlier);
    EXPECT_FALSE(grants);
    return;
  }
  ASSERT_TRUE(earlier && grants);
  EXPECT_THAT(grants->paths(), ::testing::ElementsAre(file_));
  ASSERT_TRUE(grants->revoke());
  EXPECT_EQ(mode(file_), 0600U);
  EXPECT_EQ(unmet(), 1U);
  // The file's list is not what the first grant made of it: only the entry goes.
  ASSERT_TRUE(earlier->revoke());
  EXPECT_EQ(mode(file_), 0600U);
  EXPECT_EQ(unmet(), 2U);
}

TEST_F(GrantTest, TouchesNothingThatIsOpenAlready) {
  ::chmod(data_.c_str(), 0777);
  ::chmod(file_.c_str(), 0666);
  const auto grants = Grants::add(::geteuid() == 0 ? other_ : current_user(), needs());
  ASSERT_TRUE(grants) << grants.error().text();
  EXPECT_TRUE(grants->empty());
}

TEST_F(GrantTest, NamesThePathThatStaysClosed) {
  ::chmod(directory_.c_str(), 0700);
  const auto grants = Grants::add(other_, {{file_, R_OK}});
  ASSERT_FALSE(grants);
  EXPECT_EQ(grants.error().code, ErrorCode::kPermission);
  EXPECT_EQ(mode(file_), 0600U);
}

TEST_F(GrantTest, LeavesOutWhatHasVanished) {
  const auto grants =
      Grants::add(::geteuid() == 0 ? other_ : current_user(), {{directory_ + "/gone", R_OK, true}});
  ASSERT_TRUE(grants) << grants.error().text();
  EXPECT_TRUE(grants->empty());
}

TEST_F(GrantTest, NamesThePathThatDoesNotExist) {
  const User user = ::geteuid() == 0 ? other_ : current_user();
  const auto grants = Grants::add(user, {{directory_ + "/missing", R_OK}});
  ASSERT_FALSE(grants);
  EXPECT_EQ(grants.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace ceems::base
