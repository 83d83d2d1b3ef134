// The files of one cgroup that is a compute unit: opened once, kept open, read in each scrape with one pread
// each into a buffer that all units share.
//
// What is read, and what a missing file means:
// - The directory of each v1 controller is looked for on its own; a controller without one does not count. In
// a
//   hybrid layout a controller's v1 directory comes before the unified one. None at all is an error.
// - Under v2 cgroup.controllers must be readable. cpu.stat is read whether the cpu controller is on or not:
// the
//   kernel accounts CPU time of every cgroup.
// - A file that does not exist counts as 0, so do files that the kernel says are not supported. Files and
//   directories that were missing are looked for again by retry_missing().
// - Any other failure, and text that cannot be understood, is the unit's error. Its numbers are void then.
// - ENODEV (or, where the file is opened for each read, its absence) is kGone: the unit has ended.
//
// Limits: "no limit" is replaced by what the machine has. Under v1, where the kernel has no word for it, any
// limit that is not smaller than the machine's memory (and swap, for memory.memsw) means that; with
// ReadPlan::compat numbers of v1 are passed on as they are.
//
// Block I/O under v1: blkio.io_service_bytes_recursive where the scheduler keeps it, else
// blkio.throttle.io_service_bytes_recursive, else the plain one; with compat never the second.
//
// Not thread-safe.
#pragma once

#include "base/result.h"
#include "cgroup/descriptors.h"
#include "cgroup/file_table.h"
#include "cgroup/layout.h"
#include "cgroup/machine.h"
#include "cgroup/usage.h"
#include "cgroup/vcpus.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::cgroup {

// What to read of a unit beside CPU time and memory.
struct ReadPlan {
  bool cpus = true;         // cpuset, of the nearest ancestor if it has none
  bool quota = true;        // of CPU time; only with `cpus`
  bool own_cpuset = false;  // without a cpuset of its own it has 0 CPUs
  bool shares = false;      // the share of CPU time that it may ask for, instead of the cpuset
  bool vcpus = false;       // a VM's virtual CPUs, instead of the cpuset
  bool swap = false;
  bool pressure = false;
  bool io = false;
  bool rdma = true;  // costs nothing on a machine without such devices
  bool extra = false;
  bool compat = false;
};

// What the reads of one pass share. `buffer` grows if a file does not fit.
struct ReadContext {
  const Layout& layout;
  const Machine& machine;
  DescriptorBudget& budget;
  const std::vector<std::string>& huge_page_sizes;
  std::vector<char>& buffer;
};

// "2MB", "1GB": the sizes of huge pages that this kernel has, in the words of its file names.
std::vector<std::string> huge_page_sizes(const std::string& sysfs);

class UnitFiles {
 public:
  // `path` is the cgroup's, below the root of its hierarchies, with a leading slash.
  UnitFiles(std::string path, ReadPlan plan);
  UnitFiles(const UnitFiles&) = delete;
  UnitFiles& operator=(const UnitFiles&) = delete;
  ~UnitFiles();

  // Reads everything in the plan into `usage`, whose lists keep their capacity.
  base::Status read(const ReadContext& context, Usage& usage);

  // From the next read on, look again for what was missing.
  void retry_missing() { retry_ = true; }
  // Closes everything; the next read opens anew.
  void close();

  const std::string& path() const { return path_; }

 private:
  class Pass;
  enum class Flavour : std::uint8_t { kNone, kUnified, kLegacy };
  enum class State : std::uint8_t { kUnopened, kKept, kReopened, kMissing };
  struct File {
    int fd = -1;
    State state = State::kUnopened;
  };

  base::Status resolve(const ReadContext& context);
  void find_controllers(const Layout& layout);
  void set_flavour(std::size_t controller, Flavour flavour);
  bool has_controller(Flavour flavour) const;
  base::Status check_controllers(const Layout& layout) const;
  void forget_missing();
  void release(File& file);

  std::string path_;
  ReadPlan plan_;
  DescriptorBudget* budget_ = nullptr;  // where the kept descriptors are counted
  std::array<File, kFileCount> files_;
  std::vector<File> huge_page_files_;
  std::array<Flavour, kControllerCount> flavours_{};
  std::size_t cpuset_length_ = 0;  // of path_: the ancestor whose cpuset holds
  Vcpus vcpus_;
  const char* io_bytes_name_ = nullptr;  // v1: the file in use
  const char* io_requests_name_ = nullptr;
  bool resolved_ = false;
  bool retry_ = false;
};

}  // namespace ceems::cgroup
