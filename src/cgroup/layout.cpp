#include "cgroup/layout.h"

#include "base/file.h"
#include "base/text.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <vector>

namespace ceems::cgroup {

namespace {

constexpr std::array<std::string_view, kControllerCount> kControllerNames = {
    "cpuacct", "cpu", "memory", "blkio", "cpuset", "rdma", "pids", "hugetlb"};

bool is_unified(const std::string& directory) {
  struct statfs info{};
  if (::statfs(directory.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC) return true;
  return base::exists(base::join_path(directory, "cgroup.controllers"));
}

bool shares_a_name(std::string_view a, std::string_view b) {
  const auto names = base::split(b, ',');
  return std::ranges::any_of(base::split(a, ','), [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  });
}

// The directory of a v1 hierarchy: the one of exactly that name, else one that has one of the names.
std::string hierarchy(const std::string& cgroupfs, const std::vector<std::string>& names,
                      std::string_view wanted) {
  const auto is_there = [&](std::string_view name) {
    return base::is_directory(base::join_path(cgroupfs, name));
  };
  if (!wanted.empty() && is_there(wanted)) return base::join_path(cgroupfs, wanted);
  for (const std::string& name : names) {
    if (shares_a_name(name, wanted) && is_there(name)) return base::join_path(cgroupfs, name);
  }
  return "";
}

std::string active_hierarchy(const std::string& cgroupfs, const std::vector<std::string>& names,
                             std::string_view wanted) {
  std::string_view shared = wanted;
  if (wanted == "cpu" || wanted == "cpuacct") shared = "cpu,cpuacct";
  if (wanted == "net_cls" || wanted == "net_prio") shared = "net_cls,net_prio";
  if (shared != wanted && base::is_directory(base::join_path(cgroupfs, shared))) {
    return base::join_path(cgroupfs, shared);
  }
  if (std::string own = hierarchy(cgroupfs, names, wanted); !own.empty()) return own;
  return hierarchy(cgroupfs, names, shared);
}

Layout unified(const std::string& root) {
  Layout layout;
  layout.mode = Mode::kUnified;
  layout.unified_root = root;
  return layout;
}

}  // namespace

Layout detect_layout(const std::string& cgroupfs, ForceVersion force, std::string_view active_subsystem) {
  const std::string beside = base::join_path(cgroupfs, "unified");
  const bool root_is_unified = is_unified(cgroupfs);
  if (force == ForceVersion::kV2) {
    return unified(!root_is_unified && is_unified(beside) ? beside : cgroupfs);
  }
  if (force == ForceVersion::kDetect && root_is_unified) return unified(cgroupfs);

  Layout layout;
  const std::vector<std::string> names = base::list_directory(cgroupfs).value_or(std::vector<std::string>{});
  for (std::size_t i = 0; i < kControllerCount; ++i)
    layout.legacy_roots[i] = hierarchy(cgroupfs, names, kControllerNames[i]);
  layout.active_root = active_hierarchy(cgroupfs, names, active_subsystem);
  if (force == ForceVersion::kDetect && is_unified(beside)) {
    layout.mode = Mode::kHybrid;
    layout.unified_root = beside;
  }
  return layout;
}

}  // namespace ceems::cgroup
