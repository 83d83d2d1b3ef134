#include "cgroup/processes.h"

#include "cgroup/test_tree.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::cgroup {
namespace {

using testing::FakeTree;

std::vector<pid_t> all_of(const std::string& directory) {
  std::vector<pid_t> pids;
  find_process(directory, [&](pid_t pid, const std::string&) {
    pids.push_back(pid);
    return false;
  });
  return pids;
}

std::string numbers(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i)
    text += fmt::format("{}\n", i);
  return text;
}

TEST(Processes, ComeInOrderOfTheirDirectories) {
  const FakeTree tree;
  tree.write("b/cgroup.procs", "3\n");
  tree.write("a/z/cgroup.procs", "2\n");
  tree.write("a/cgroup.procs", "1\n");
  tree.write("cgroup.procs", "0\n");
  EXPECT_EQ(all_of(tree.root()), (std::vector<pid_t>{0, 1, 2, 3}));
  EXPECT_EQ(first_process(tree.root()), 1);
}

TEST(Processes, AreReadFromListsOfAnyUsualLength) {
  const FakeTree tree;
  tree.write("cgroup.procs", numbers(100'000, 103'000));
  const std::vector<pid_t> pids = all_of(tree.root());
  ASSERT_EQ(pids.size(), 3000);
  for (std::size_t i = 0; i < pids.size(); ++i)
    ASSERT_EQ(pids[i], static_cast<pid_t>(100'000 + i));
  EXPECT_TRUE(lists_process(tree.root(), 102'999));
  EXPECT_FALSE(lists_process(tree.root(), 103'000));
}

TEST(Processes, OfAnEndlessListAreNeverHalfANumber) {
  const FakeTree tree;
  tree.write("cgroup.procs", numbers(1'000'000, 1'020'000));
  const auto nobody = [](pid_t, const std::string&) { return false; };
  EXPECT_EQ(find_process(tree.root(), nobody), Search::kGaveUp);
  for (const pid_t pid : all_of(tree.root()))
    ASSERT_GE(pid, 1'000'000);
}

TEST(Processes, AreNoneInAListOfOtherThings) {
  const FakeTree tree;
  for (const char* text : {"", "\n\n", "x\n-1\n", "99999999999999999999\n", "1 2\n"}) {
    tree.write("cgroup.procs", text);
    EXPECT_EQ(all_of(tree.root()), std::vector<pid_t>{}) << text;
  }
  tree.write("cgroup.procs", std::string(100'000, '1'));
  EXPECT_EQ(all_of(tree.root()), std::vector<pid_t>{});
  EXPECT_EQ(all_of(tree.path("nowhere")), std::vector<pid_t>{});
}

TEST(Processes, GivesUpInTooManyDirectories) {
  const FakeTree tree;
  for (int i = 0; i < 300; ++i)
    tree.make(fmt::format("{:03}", i));
  tree.write("299/cgroup.procs", "1\n");
  EXPECT_EQ(find_process(tree.root(), [](pid_t, const std::string&) { return true; }), Search::kGaveUp);
}

}  // namespace
}  // namespace ceems::cgroup
