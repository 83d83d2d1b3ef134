// What libvirt's files say of domains: their UUIDs, and which of the host's devices they were given.
//
// A domain's file has the domain's name; its cgroup has only what libvirt left of that. So all names are
// shortened as libvirt does until one fits, and of running domains the number has to be the same too. A file
// is read once, and again when it is written anew, which inotify tells: devices are plugged in and out while
// a VM runs. As long as nothing can be read, it is tried again when anything changes, and now and then; what
// was read last holds for the life of the cgroup. Two domains that say they are the same are not believed:
// the one that is seen to run, or that came later, is.
#pragma once

#include "base/log.h"
#include "unit/directory_watch.h"
#include "unit/libvirt_domain.h"
#include "unit/registry.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ceems::unit {

class LibvirtRegistry final : public Registry {
 public:
  // Files are looked for in the directories in this order.
  LibvirtRegistry(std::vector<std::string> directories, base::Logger logger);

  void follow(std::span<const Unit* const> units, bool everything) override;
  std::uint64_t generation() const override { return generation_; }
  std::optional<std::string> uuid(const Unit& unit) const override;
  std::optional<GpuClaim> gpus(const Unit& unit) const override;

  // Times that a file was opened, since the start.
  std::uint64_t reads() const { return reads_; }

 private:
  enum class Need : std::uint8_t { kNothing, kLookAtFile, kRead };
  // That tells whether a file is another one than before.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t nanoseconds = 0;  // of the last change
    std::int64_t size = 0;
    bool operator==(const Stamp&) const = default;
  };
  struct Known {
    std::string number;  // as in the cgroup's name
    std::string name;
    std::string file;  // that was read
    Stamp stamp;
    LibvirtDomain domain;
    bool is_found = false;
    bool has_uuid = false;  // and no other has the same
    bool has_twin = false;
    bool is_reported = false;
    Need need = Need::kRead;
    int looks = 0;
    std::uint64_t seen = 0;
  };
  // The paths of files, by the names that libvirt would make of theirs.
  using Files = std::unordered_map<std::string, std::vector<std::string>>;
  // By how long a domain's number is, which names are cut off by.
  using AllFiles = std::unordered_map<std::size_t, Files>;

  bool follow_units(std::span<const Unit* const> units);
  void note_events();
  void look_at_all();
  void look(Known& known, AllFiles& files);
  bool try_file(Known& known, const std::string& path, std::string& problem);
  static std::optional<Stamp> stamp_of(const std::string& path);
  Files list_files(std::string_view number) const;
  void give_out_uuids();
  void report(Known& known, const std::string& problem);

  std::vector<std::string> directories_;
  base::Logger logger_;
  DirectoryWatch watch_;
  std::unordered_map<std::string, Known> known_;  // by the cgroup's path
  std::uint64_t units_print_ = 0;
  std::uint64_t pass_ = 0;
  std::uint64_t generation_ = 0;
  std::uint64_t reads_ = 0;
  bool any_need_ = false;
};

}  // namespace ceems::unit
