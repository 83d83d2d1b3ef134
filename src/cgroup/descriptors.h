// How many file descriptors the cgroup files may keep open. A read on a kept descriptor costs a tenth of
// opening the file again, so all are kept while there is room; when it gets tight the less useful ones are
// opened for each read. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ceems::cgroup {

// What a file is worth keeping for. Every file that is read in each scrape saves the same by being kept; a
// unit whose counters cannot be read is lost, one without its settings is not.
enum class Rank : std::uint8_t { kCounter, kOption, kSetting };

class DescriptorBudget {
 public:
  // At most `limit` descriptors: the last 10 % are for counters only, the 20 % before them not for settings.
  explicit DescriptorBudget(std::size_t limit);

  // A budget out of this process's limit (raise it first), with some left for everything else.
  static DescriptorBudget of_process();

  // Whether one more may be kept; if so it counts.
  bool take(Rank rank);
  void give_back();
  // Files that had to be opened again since the last begin_pass().
  void count_reopened() { ++reopened_; }
  void begin_pass() { reopened_ = 0; }

  std::size_t kept() const { return kept_; }
  std::size_t reopened() const { return reopened_; }
  std::size_t limit() const { return limits_[0]; }

 private:
  std::array<std::size_t, 3> limits_{};  // by rank
  std::size_t kept_ = 0;
  std::size_t reopened_ = 0;
};

}  // namespace ceems::cgroup
