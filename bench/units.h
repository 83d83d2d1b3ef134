// Real cgroups with a sleeping process in each, on this machine's own hierarchies: plain ones side by side,
// or jobs as SLURM lays them out, with steps and tasks inside. All of it is removed again.
#pragma once

#include "base/result.h"
#include "cgroup/layout.h"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::bench {

enum class Shape : std::uint8_t { kFlat, kSlurm };

class Units {
 public:
  // `name` is the parent's, below the root of each hierarchy; for SLURM's shape that of the virtual node.
  static base::Result<Units> make(const std::string& name, std::size_t count, Shape shape);
  Units(Units&&) = default;
  Units& operator=(Units&&) = delete;
  ~Units();

  const cgroup::Layout& layout() const { return layout_; }
  bool unified() const { return layout_.mode == cgroup::Mode::kUnified; }
  Shape shape() const { return shape_; }
  const std::string& parent() const { return parent_; }  // "/name"
  std::size_t count() const { return count_; }
  std::string path(std::size_t i) const;  // "/name/unit-7", ".../job_8"
  // The directory that all units are in, in the hierarchy that is searched for them.
  std::string searched_directory() const;

 private:
  Units() = default;
  void choose_places(const std::string& name);
  base::Status make_parents();
  base::Status make_unit(std::size_t i);

  cgroup::Layout layout_;
  Shape shape_ = Shape::kFlat;
  std::string parent_;
  std::vector<std::string> parents_;  // from the root's child to parent_
  std::vector<std::string> inside_;   // of each unit, parents first; the process is in the last one
  std::vector<std::string> roots_;    // hierarchies, each once
  std::size_t count_ = 0;
  std::vector<pid_t> processes_;
};

}  // namespace ceems::bench
