// Names of block devices by their numbers: from <procfs>/diskstats, on a miss from <sysfs>/dev/block, and if
// nobody knows it "major:minor". Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

namespace ceems::cgroup {

class BlockDevices {
 public:
  BlockDevices(std::string procfs, std::string sysfs);

  // The reference lives until refresh().
  const std::string& name(std::uint32_t major, std::uint32_t minor);

  // Reads the names anew, since numbers are used again for other devices. True when a name that was asked for
  // has changed.
  bool refresh();

 private:
  using Names = std::unordered_map<std::uint64_t, std::string>;
  Names read_diskstats() const;
  std::string look_up(std::uint32_t major, std::uint32_t minor) const;

  std::string procfs_;
  std::string sysfs_;
  Names known_;  // what diskstats says
  Names asked_;
  bool loaded_ = false;
};

}  // namespace ceems::cgroup
