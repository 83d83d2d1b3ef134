#include "cgroup/tree.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace ceems::cgroup {

namespace {

// With more names than this touched in one directory, listing it is cheaper than looking at each.
constexpr std::uint32_t kListInstead = 16;

}  // namespace

Tree::Tree(Options options, base::Logger logger)
    : options_(std::move(options)), logger_(logger.with("root", options_.root)) {
  while (options_.root.size() > 1 && options_.root.ends_with('/'))
    options_.root.pop_back();
  nodes_.emplace_back();
  nodes_[kRootNode].used = true;
}

std::string Tree::path(NodeId node) const {
  if (node == kRootNode) return "";
  std::string text = path(nodes_[node].parent);
  text += '/';
  text += nodes_[node].name;
  return text;
}

bool Tree::sync(TreeListener& listener) {
  free_.insert(free_.end(), freed_now_.begin(), freed_now_.end());
  freed_now_.clear();
  const auto now = std::chrono::steady_clock::now();
  const Root root = look_at_root(listener);
  if (root == Root::kMissing) return false;
  read_events();
  if (root == Root::kKnown && !lost_events_ && now < next_walk_) {
    look_where_touched(listener);
    return false;
  }
  if (root == Root::kNew) {
    ++stats_.walks_at_start;
  } else {
    ++(lost_events_ ? stats_.walks_after_loss : stats_.walks_periodic);
  }
  lost_events_ = false;
  walk(listener);
  next_walk_ = now + options_.walk_interval;
  return true;
}

// Makes the root known, or unknown. Another directory in its place is a new root.
Tree::Root Tree::look_at_root(TreeListener& listener) {
  const auto inode = directory_inode(options_.root, true);
  Node& root = nodes_[kRootNode];
  if (root.wanted && inode == root.inode) return Root::kKnown;
  if (root.wanted) {
    remove_below(kRootNode, listener);
    drop_watch(kRootNode);
    want(kRootNode, false);
  }
  if (!inode) return Root::kMissing;
  nodes_[kRootNode].inode = *inode;
  want(kRootNode, true);
  return Root::kNew;
}

void Tree::want(NodeId node, bool wanted) {
  if (nodes_[node].wanted == wanted) return;
  nodes_[node].wanted = wanted;
  wanted ? ++wanted_ : --wanted_;
}

TreeStats Tree::stats() const {
  TreeStats stats = stats_;
  stats.watched = by_watch_.size();
  stats.unwatched = wanted_ - stats.watched;
  return stats;
}

void Tree::read_events() {
  touched_.clear();
  touched_names_.clear();
  relist_.clear();
  const bool complete = watcher_.drain([this](const Watcher::Event& event) {
    ++stats_.events;
    const auto place = by_watch_.find(event.watch);
    if (place == by_watch_.end()) return;
    const NodeId id = place->second;
    Node& node = nodes_[id];
    if (event.name.empty()) {
      by_watch_.erase(place);
      node.watch = -1;
      return;
    }
    if (node.relist) return;
    if (++node.touched > kListInstead) {
      node.relist = true;
      relist_.push_back(id);
      return;
    }
    touched_.push_back(Touched{id, event.gone, touched_names_.size(), event.name.size()});
    touched_names_ += event.name;
  });
  if (!complete) lost_events_ = true;
}

void Tree::walk(TreeListener& listener) {
  for (Node& node : nodes_)
    node.touched = 0;
  for (const NodeId id : relist_)
    nodes_[id].relist = false;
  // Nodes that appear on the way are listed as they do.
  std::vector<NodeId> known;
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    if (nodes_[id].used && nodes_[id].wanted) known.push_back(id);
  }
  for (const NodeId id : known) {
    if (!nodes_[id].used || !nodes_[id].wanted) continue;
    if (nodes_[id].watch < 0) set_watch(id);
    list(id, listener);
    list_pending(listener);
  }
  if (wanted_ == by_watch_.size()) limit_said_ = false;
}

void Tree::look_where_touched(TreeListener& listener) {
  for (const Touched& touched : touched_)
    nodes_[touched.node].touched = 0;
  for (const Touched& touched : touched_) {
    const Node& node = nodes_[touched.node];
    if (!node.used || !node.wanted || node.relist) continue;
    const auto name = std::string_view(touched_names_).substr(touched.name_begin, touched.name_length);
    look_at(touched.node, name, touched.gone, listener);
    list_pending(listener);
  }
  for (const NodeId id : relist_) {
    nodes_[id].relist = false;
    if (nodes_[id].used && nodes_[id].wanted) list(id, listener);
    list_pending(listener);
  }
  if (wanted_ == by_watch_.size()) return;
  for (NodeId id = 0; id < nodes_.size(); ++id) {
    if (nodes_[id].used && nodes_[id].wanted && nodes_[id].watch < 0) list(id, listener);
    list_pending(listener);
  }
}

void Tree::look_at(NodeId parent, std::string_view name, bool was_gone, TreeListener& listener) {
  std::string path = full_path(parent);
  path += '/';
  path += name;
  const auto inode = directory_inode(path, false);
  NodeId child = find_child(parent, name);
  if (child != kNoNode && (!inode || was_gone)) {
    remove(child, listener);
    child = kNoNode;
  }
  if (child == kNoNode && inode) add_child(parent, name, *inode, listener);
}

void Tree::list_pending(TreeListener& listener) {
  while (!pending_.empty()) {
    const NodeId id = pending_.back();
    pending_.pop_back();
    if (nodes_[id].used && nodes_[id].wanted) list(id, listener);
  }
}

void Tree::list(NodeId node, TreeListener& listener) {
  const auto entries = listing_.list(full_path(node));
  if (!entries) {
    const base::ErrorCode code = entries.error().code;
    if (code == base::ErrorCode::kNotFound || code == base::ErrorCode::kGone) {
      // Its parent's events, or the next walk, will say the same; the root has no parent.
      if (node != kRootNode) remove(node, listener);
    } else {
      logger_.debug("A directory cannot be listed", {{"error", entries.error()}});
    }
    return;
  }
  const std::uint64_t listing = ++listings_;
  for (const Listing::Entry& entry : **entries) {
    NodeId child = find_child(node, entry.name);
    if (child != kNoNode && nodes_[child].inode != entry.inode) {
      remove(child, listener);
      child = kNoNode;
    }
    if (child == kNoNode) {
      add_child(node, entry.name, entry.inode, listener);
      child = find_child(node, entry.name);
      if (child == kNoNode) return;  // too many
    }
    nodes_[child].seen = listing;
  }
  const std::vector<NodeId>& children = nodes_[node].children;
  for (std::size_t i = children.size(); i-- > 0;) {
    if (nodes_[children[i]].seen != listing) remove(children[i], listener);
  }
}

void Tree::look_below(NodeId node, TreeListener& listener) {
  CEEMS_CHECK(node < nodes_.size() && nodes_[node].used);
  remove_below(node, listener);
  want(node, true);
  if (nodes_[node].watch < 0) set_watch(node);
  list(node, listener);
  list_pending(listener);
}

NodeId Tree::find_child(NodeId parent, std::string_view name) const {
  const std::vector<NodeId>& children = nodes_[parent].children;
  const auto name_of = [this](NodeId id) -> std::string_view { return nodes_[id].name; };
  const auto place = std::ranges::lower_bound(children, name, {}, name_of);
  return place != children.end() && name_of(*place) == name ? *place : kNoNode;
}

void Tree::add_child(NodeId parent, std::string_view name, std::uint64_t inode, TreeListener& listener) {
  if (stats_.directories >= options_.most_directories) {
    if (!std::exchange(size_said_, true)) {
      logger_.warn("There are too many directories: the rest is left out",
                   {{"most", options_.most_directories}});
    }
    return;
  }
  const NodeId id = new_node();
  Node& node = nodes_[id];
  node.name = name;
  node.inode = inode;
  node.parent = parent;
  node.used = true;
  std::vector<NodeId>& children = nodes_[parent].children;
  const auto name_of = [this](NodeId child) -> std::string_view { return nodes_[child].name; };
  children.insert(std::ranges::lower_bound(children, name, {}, name_of), id);
  ++stats_.directories;
  if (!listener.appeared(id, path(id))) return;
  want(id, true);
  // First the watch, then the listing: what is made in between is seen twice rather than never.
  set_watch(id);
  pending_.push_back(id);
}

void Tree::set_watch(NodeId node) {
  Node& entry = nodes_[node];
  if (options_.use_inotify) {
    const auto watch = watcher_.watch(full_path(node));
    if (watch) {
      entry.watch = *watch;
      by_watch_[*watch] = node;
      return;
    }
    if (watch.error().code == base::ErrorCode::kTooLarge && !std::exchange(limit_said_, true)) {
      logger_.warn("Directories are listed in each scrape, because they cannot be watched",
                   {{"error", watch.error()}});
    }
  }
  entry.watch = -1;
}

void Tree::drop_watch(NodeId node) {
  Node& entry = nodes_[node];
  if (entry.watch < 0) return;
  watcher_.unwatch(entry.watch);
  by_watch_.erase(entry.watch);
  entry.watch = -1;
}

void Tree::remove(NodeId node, TreeListener& listener) {
  remove_below(node, listener);
  drop_watch(node);
  want(node, false);
  std::vector<NodeId>& siblings = nodes_[nodes_[node].parent].children;
  siblings.erase(std::ranges::find(siblings, node));
  listener.vanished(node);
  nodes_[node] = Node{};
  freed_now_.push_back(node);
  --stats_.directories;
}

void Tree::remove_below(NodeId node, TreeListener& listener) {
  while (!nodes_[node].children.empty())
    remove(nodes_[node].children.back(), listener);
}

NodeId Tree::new_node() {
  if (!free_.empty()) {
    const NodeId id = free_.back();
    free_.pop_back();
    return id;
  }
  nodes_.emplace_back();
  return static_cast<NodeId>(nodes_.size() - 1);
}

}  // namespace ceems::cgroup
