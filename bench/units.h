// Real cgroups with a sleeping process in each, on this machine's own hierarchies. All of it is removed
// again.
#pragma once

#include "base/result.h"
#include "cgroup/layout.h"

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace ceems::bench {

class Units {
 public:
  // `name` is the parent's, below the root of each hierarchy.
  static base::Result<Units> make(const std::string& name, std::size_t count);
  Units(Units&&) = default;
  Units& operator=(Units&&) = delete;
  ~Units();

  const cgroup::Layout& layout() const { return layout_; }
  bool unified() const { return layout_.mode == cgroup::Mode::kUnified; }
  const std::string& parent() const { return parent_; }  // "/name"
  std::size_t count() const { return count_; }
  std::string path(std::size_t i) const;  // "/name/unit-7"
  // The directory that all units are in, in the hierarchy that is searched for them.
  std::string searched_directory() const;

 private:
  Units() = default;
  base::Status make_parent();
  base::Status make_unit(std::size_t i);

  cgroup::Layout layout_;
  std::string parent_;
  std::vector<std::string> roots_;  // hierarchies, each once
  std::size_t count_ = 0;
  std::vector<pid_t> processes_;
};

}  // namespace ceems::bench
