// The least that reading units can cost, as a bare C loop would do it: system calls and nothing else. Six
// files of each unit: CPU time, memory statistics, usage, limit, failures, cpuset.
#pragma once

#include "units.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace ceems::bench {

inline constexpr std::size_t kFilesPerUnit = 6;

// What a program without memory does: walks the directories, and opens, reads and closes each file. In jobs
// it also reads who is in each of their steps and tasks, because a job without processes is none.
class NaiveFloor {
 public:
  explicit NaiveFloor(const Units& units);
  void pass();

 private:
  std::string searched_;
  std::string parent_;
  bool reads_processes_;
  std::array<std::string, kFilesPerUnit> roots_;
  std::array<const char*, kFilesPerUnit> names_{};
};

// What anyone must do: one pread of each file, on descriptors that are kept.
class PreadFloor {
 public:
  explicit PreadFloor(const Units& units);
  PreadFloor(const PreadFloor&) = delete;
  PreadFloor& operator=(const PreadFloor&) = delete;
  ~PreadFloor();
  // An error if not every file can be read.
  base::Status status() const { return status_; }
  void pass();

 private:
  std::vector<int> files_;
  base::Status status_;
};

}  // namespace ceems::bench
