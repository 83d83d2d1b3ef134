// An image of the directories below a cgroup root that keeps itself up to date: inotify says where something
// happened, and only there is looked again. A whole walk is made at the start, when events were lost, and
// once in a while as a safety net. What an event says is never believed, only where it points to: so the
// order of events, directories that vanish while they are looked at, and ones that are made while their
// parent's watch is being set up do not matter.
//
// Where no watch can be had (the user's limit), the directory is listed at each sync instead. A root that
// does not exist yet, or goes, or is mounted over, is noticed at the next sync.
//
// Not thread-safe.
#pragma once

#include "base/log.h"
#include "cgroup/listing.h"
#include "cgroup/watcher.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ceems::cgroup {

using NodeId = std::uint32_t;
inline constexpr NodeId kRootNode = 0;
inline constexpr NodeId kNoNode = ~NodeId{0};

class TreeListener {
 public:
  // A directory is there that was not. `path` is below the root, with a leading slash. True: what is below it
  // matters too. Parents come before their children. A directory that was replaced by another of the same
  // name vanishes first.
  virtual bool appeared(NodeId node, std::string_view path) = 0;
  // The node is gone; children go before their parents. Its number may mean another one after the next sync.
  virtual void vanished(NodeId node) = 0;

 protected:
  ~TreeListener() = default;
};

struct TreeStats {
  std::uint64_t events = 0;
  std::uint64_t walks_at_start = 0;
  std::uint64_t walks_after_loss = 0;
  std::uint64_t walks_periodic = 0;
  std::size_t directories = 0;  // known now, without the root
  std::size_t watched = 0;
  std::size_t unwatched = 0;  // would be watched if the limit allowed
};

class Tree {
 public:
  struct Options {
    std::string root;
    std::chrono::steady_clock::duration walk_interval = std::chrono::seconds(60);
    std::size_t most_directories = 200'000;  // more are not looked at
    bool use_inotify = true;                 // false: list every directory at each sync
  };

  Tree(Options options, base::Logger logger);

  // Brings the image up to date. Returns true if it walked everything.
  bool sync(TreeListener& listener);
  // Forgets what is below the node and looks again: the listener's mind has changed. Not from a callback.
  void look_below(NodeId node, TreeListener& listener);

  NodeId parent(NodeId node) const { return nodes_[node].parent; }
  std::string path(NodeId node) const;
  TreeStats stats() const;

 private:
  struct Node {
    std::string name;
    std::vector<NodeId> children;  // by name
    std::uint64_t inode = 0;
    std::uint64_t seen = 0;  // the listing that had it last
    NodeId parent = kNoNode;
    int watch = -1;
    std::uint32_t touched = 0;  // names waiting in touched_
    bool used = false;
    bool wanted = false;  // what is below matters
    bool relist = false;
  };
  struct Touched {
    NodeId node;
    bool gone;
    std::size_t name_begin;
    std::size_t name_length;
  };

  enum class Root : std::uint8_t { kMissing, kKnown, kNew };
  Root look_at_root(TreeListener& listener);
  void want(NodeId node, bool wanted);
  void read_events();
  void walk(TreeListener& listener);
  void look_where_touched(TreeListener& listener);
  void look_at(NodeId parent, std::string_view name, bool was_gone, TreeListener& listener);
  void list_pending(TreeListener& listener);
  void list(NodeId node, TreeListener& listener);

  NodeId find_child(NodeId parent, std::string_view name) const;
  void add_child(NodeId parent, std::string_view name, std::uint64_t inode, TreeListener& listener);
  void set_watch(NodeId node);
  void drop_watch(NodeId node);
  void remove(NodeId node, TreeListener& listener);
  void remove_below(NodeId node, TreeListener& listener);
  std::string full_path(NodeId node) const { return options_.root + path(node); }
  NodeId new_node();

  Options options_;
  base::Logger logger_;
  Watcher watcher_;
  Listing listing_;
  std::vector<Node> nodes_;
  std::vector<NodeId> free_;
  std::vector<NodeId> freed_now_;  // not used again before the next sync
  std::unordered_map<int, NodeId> by_watch_;
  std::vector<NodeId> pending_;  // to be listed
  std::vector<Touched> touched_;
  std::string touched_names_;
  std::vector<NodeId> relist_;
  std::uint64_t listings_ = 0;
  std::chrono::steady_clock::time_point next_walk_;
  std::size_t wanted_ = 0;  // nodes
  bool lost_events_ = false;
  bool limit_said_ = false;
  bool size_said_ = false;
  TreeStats stats_;
};

}  // namespace ceems::cgroup
