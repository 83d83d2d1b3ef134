#include "base/file.h"

#include "base/temporary_directory_test.h"

#include <sys/stat.h>

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

class FileTest : public ::testing::Test {
 protected:
  const TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path();
};

TEST_F(FileTest, RefusesToReadBeyondItsLimit) {
  const std::string path = directory_ + "/big";
  ASSERT_TRUE(write_file_atomically(path, std::string(5000, 'x'), 0600));
  EXPECT_EQ(read_file(path)->size(), 5000U);
  const auto bounded = read_file(path, 4999);
  ASSERT_FALSE(bounded);
  EXPECT_EQ(bounded.error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(bounded.error().subject, path);
}

TEST_F(FileTest, NamesTheMissingFile) {
  const auto content = read_file(directory_ + "/none");
  ASSERT_FALSE(content);
  EXPECT_EQ(content.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(content.error().text(), directory_ + "/none: No such file or directory");
}

TEST_F(FileTest, ReplacesAFileAndSetsItsMode) {
  const std::string path = directory_ + "/f";
  ASSERT_TRUE(write_file_atomically(path, "old", 0644));
  ASSERT_TRUE(write_file_atomically(path, "new", 0600));
  EXPECT_EQ(*read_file(path), "new");
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_EQ(*list_directory(directory_), std::vector<std::string>{"f"});
}

TEST_F(FileTest, MakesParentsAndAcceptsExistingOnes) {
  ASSERT_TRUE(make_directories(directory_ + "/a/b/c", 0750));
  ASSERT_TRUE(make_directories(directory_ + "/a/b/c", 0750));
  EXPECT_TRUE(is_directory(directory_ + "/a/b/c"));
}

TEST(Paths, JoinsWithOneSlash) {
  EXPECT_EQ(join_path("/sys/", "/class"), "/sys/class");
  EXPECT_EQ(join_path("/", "proc"), "/proc");
  EXPECT_EQ(parent_path("/a/b"), "/a");
  EXPECT_EQ(parent_path("/a"), "/");
  EXPECT_EQ(parent_path("a"), ".");
}

}  // namespace
}  // namespace ceems::base
