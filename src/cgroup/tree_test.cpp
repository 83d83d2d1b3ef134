// The same behaviours on ordinary directories and on the real hierarchies of this machine that can be
// written.
#include "cgroup/tree.h"

#include "cgroup/test_tree.h"

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace ceems::cgroup {
namespace {

using Paths = std::set<std::string>;

class Recorder final : public TreeListener {
 public:
  bool appeared(NodeId node, std::string_view path) override {
    EXPECT_FALSE(by_node_.contains(node));
    EXPECT_TRUE(path.starts_with('/'));
    by_node_[node] = path;
    ++appearances;
    if (on_appeared) on_appeared(std::string(path));
    return !leaves.contains(std::string(path.substr(path.rfind('/') + 1)));
  }
  void vanished(NodeId node) override {
    EXPECT_EQ(by_node_.erase(node), 1);
    ++disappearances;
  }
  Paths paths() const {
    Paths paths;
    for (const auto& [node, path] : by_node_)
      paths.insert(path);
    return paths;
  }
  NodeId node_of(const std::string& wanted) const {
    for (const auto& [node, path] : by_node_) {
      if (path == wanted) return node;
    }
    return kNoNode;
  }

  std::set<std::string> leaves;  // names below which nothing matters
  std::function<void(const std::string&)> on_appeared;
  int appearances = 0;
  int disappearances = 0;

 private:
  std::map<NodeId, std::string> by_node_;
};

// A place to make directories in; removed with all that is in it.
class Place {
 public:
  explicit Place(std::string parent) {
    static std::atomic<int> number{0};
    root_ = fmt::format("{}/ceems-tree-{}-{}", parent, ::getpid(), number++);
  }
  ~Place() { remove_root(); }
  const std::string& root() const { return root_; }
  void make(const std::string& path = "") const { std::filesystem::create_directories(root_ + path); }
  void remove(const std::string& path) const { testing::remove_cgroups(root_ + path); }
  void remove_root() const { testing::remove_cgroups(root_); }

 private:
  std::string root_;
};

std::vector<std::string> places() {
  std::vector<std::string> parents = {std::filesystem::temp_directory_path()};
  const Layout layout = detect_layout("/sys/fs/cgroup", ForceVersion::kDetect, "cpuacct");
  for (const std::string& root : {layout.active_root, layout.unified_root}) {
    if (root.empty()) continue;
    const std::string attempt = fmt::format("{}/ceems-try-{}", root, ::getpid());
    if (::mkdir(attempt.c_str(), 0755) != 0) continue;
    ::rmdir(attempt.c_str());
    parents.push_back(root);
  }
  return parents;
}

class TreeTest : public ::testing::TestWithParam<std::string> {
 protected:
  Tree tree(std::chrono::seconds interval = std::chrono::hours(1)) const {
    Tree::Options options;
    options.root = place.root();
    options.walk_interval = interval;
    return Tree(options, base::Logger());
  }

  Place place{GetParam()};
  Recorder seen;
};

TEST_P(TreeTest, FindsWhatIsThereAtTheStart) {
  place.make("/a/b");
  place.make("/c");
  Tree it = tree();
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/b", "/c"}));
}

TEST_P(TreeTest, NoticesWhatIsMadeAndRemovedLater) {
  place.make("/a");
  Tree it = tree();
  it.sync(seen);
  place.make("/a/b");
  place.make("/d/e/f");
  place.remove("/nothing");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/b", "/d", "/d/e", "/d/e/f"}));
  place.remove("/d");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/b"}));
  EXPECT_EQ(it.stats().walks_at_start, 1);
  EXPECT_EQ(it.stats().walks_periodic, 0);
}

TEST_P(TreeTest, LooksAtNothingWhileNothingHappens) {
  place.make("/a/b");
  Tree it = tree();
  it.sync(seen);
  it.sync(seen);
  EXPECT_EQ(it.stats().events, 0);
  EXPECT_EQ(seen.appearances, 2);
}

TEST_P(TreeTest, WaitsForARootThatDoesNotExistYet) {
  Tree it = tree();
  it.sync(seen);
  EXPECT_TRUE(seen.paths().empty());
  place.make("/a");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a"}));
}

TEST_P(TreeTest, ForgetsARootThatIsRemovedAndFindsTheNextOne) {
  place.make("/a");
  Tree it = tree();
  it.sync(seen);
  place.remove_root();
  it.sync(seen);
  EXPECT_TRUE(seen.paths().empty());
  place.make("/b");
  it.sync(seen);
  place.make("/c");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/b", "/c"}));
}

TEST_P(TreeTest, DoesNotLookBelowWhatDoesNotMatter) {
  place.make("/a/below");
  seen.leaves = {"a"};
  Tree it = tree();
  it.sync(seen);
  place.make("/a/more");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a"}));
  EXPECT_EQ(it.stats().events, 0);
}

TEST_P(TreeTest, LooksBelowWhenTheListenerHasChangedItsMind) {
  place.make("/a/below/deep");
  seen.leaves = {"a"};
  Tree it = tree();
  it.sync(seen);
  seen.leaves.clear();
  it.look_below(seen.node_of("/a"), seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/below", "/a/below/deep"}));
  place.make("/a/more");
  it.sync(seen);
  EXPECT_TRUE(seen.paths().contains("/a/more"));
}

TEST_P(TreeTest, TreatsADirectoryMadeAgainAsAnotherOne) {
  place.make("/a/b");
  Tree it = tree();
  it.sync(seen);
  place.remove("/a");
  place.make("/a/c");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/c"}));
  EXPECT_EQ(seen.disappearances, 2);
}

TEST_P(TreeTest, NoticesWhatIsMadeBetweenWatchAndListing) {
  place.make("/a");
  Tree it = tree();
  seen.on_appeared = [&](const std::string& path) {
    if (path == "/a") place.make("/a/race");
  };
  it.sync(seen);
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/race"}));
  EXPECT_EQ(seen.appearances, 2);
}

TEST_P(TreeTest, BearsDirectoriesThatVanishWhileItWalks) {
  place.make("/a/b/c");
  place.make("/d");
  Tree it = tree();
  seen.on_appeared = [&](const std::string& path) {
    if (path == "/a/b") place.remove("/a");
  };
  it.sync(seen);
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/d"}));
}

TEST_P(TreeTest, KeepsUpWithChurn) {
  place.make("/stays");
  Tree it = tree();
  it.sync(seen);
  for (int i = 0; i < 300; ++i) {
    place.make(fmt::format("/job{}", i));
    if (i % 10 != 0) place.remove(fmt::format("/job{}", i));
  }
  it.sync(seen);
  EXPECT_EQ(seen.paths().size(), 31);
  // What came and went in between was looked for once, not twice for each.
  EXPECT_EQ(seen.appearances, 31);
  EXPECT_EQ(it.stats().walks_at_start, 1);
}

TEST_P(TreeTest, AgreesWithTheDirectoriesAfterConcurrentChurn) {
  place.make();
  Tree it = tree();
  std::thread churn([&] {
    for (int i = 0; i < 200; ++i) {
      place.make(fmt::format("/p{}/q/r", i % 7));
      if (i % 3 == 0) place.remove(fmt::format("/p{}", (i + 3) % 7));
    }
  });
  for (int i = 0; i < 50; ++i)
    it.sync(seen);
  churn.join();
  it.sync(seen);
  Paths there;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.root())) {
    if (entry.is_directory()) there.insert(entry.path().string().substr(place.root().size()));
  }
  EXPECT_EQ(seen.paths(), there);
}

TEST_P(TreeTest, ListsDirectoriesThatItMayNotWatch) {
  place.make("/a");
  Tree::Options options;
  options.root = place.root();
  options.walk_interval = std::chrono::hours(1);
  options.use_inotify = false;
  Tree it(options, base::Logger());
  it.sync(seen);
  EXPECT_EQ(it.stats().unwatched, 2);
  place.make("/a/b");
  place.make("/c");
  it.sync(seen);
  place.remove("/c");
  it.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a", "/a/b"}));
}

TEST_P(TreeTest, WalksEverythingOnceInAWhile) {
  place.make("/a");
  Tree it = tree(std::chrono::seconds(0));
  EXPECT_TRUE(it.sync(seen));
  EXPECT_TRUE(it.sync(seen));
  EXPECT_EQ(it.stats().walks_periodic, 1);
  EXPECT_EQ(seen.appearances, 1);
}

TEST_P(TreeTest, LeavesOutWhatIsMoreThanItsBound) {
  for (int i = 0; i < 10; ++i)
    place.make(fmt::format("/d{}", i));
  Tree::Options options;
  options.root = place.root();
  options.most_directories = 4;
  Tree it(options, base::Logger());
  it.sync(seen);
  EXPECT_EQ(it.stats().directories, 4);
}

TEST_P(TreeTest, EndsEveryWatchOfWhatHasGone) {
  place.make("/a/b/c");
  Tree it = tree();
  it.sync(seen);
  EXPECT_EQ(it.stats().watched, 4);
  place.remove("/a");
  it.sync(seen);
  it.sync(seen);
  EXPECT_EQ(it.stats().watched, 1);
  EXPECT_EQ(it.stats().unwatched, 0);
}

INSTANTIATE_TEST_SUITE_P(Hierarchies, TreeTest, ::testing::ValuesIn(places()), [](const auto& parameter) {
  std::string name = parameter.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
});

TEST(Tree, DoesNotFollowSymbolicLinks) {
  const testing::FakeTree fake;
  fake.make("root/a");
  std::filesystem::create_directory_symlink("..", fake.path("root/a/loop"));
  Tree::Options options;
  options.root = fake.path("root");
  Tree tree(options, base::Logger());
  Recorder seen;
  tree.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/a"}));
}

TEST(Tree, NoticesADirectoryThatIsRenamed) {
  const testing::FakeTree fake;
  fake.make("root/a/b");
  Tree::Options options;
  options.root = fake.path("root");
  Tree tree(options, base::Logger());
  Recorder seen;
  tree.sync(seen);
  std::filesystem::rename(fake.path("root/a"), fake.path("root/z"));
  tree.sync(seen);
  EXPECT_EQ(seen.paths(), (Paths{"/z", "/z/b"}));
}

}  // namespace
}  // namespace ceems::cgroup
