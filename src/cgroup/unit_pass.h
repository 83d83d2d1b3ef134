// Internal: one pass over a unit's files. Once something has failed, nothing more is read.
#pragma once

#include "cgroup/scan.h"
#include "cgroup/unit_files.h"

#include <optional>
#include <string_view>

namespace ceems::cgroup {

class UnitFiles::Pass {
 public:
  Pass(UnitFiles& unit, const ReadContext& context, Usage& usage)
      : unit_(unit), context_(context), usage_(usage) {}

  base::Status run();

 private:
  // What a file contains, valid until the next one is read; nullopt if it is missing or anything has failed.
  std::optional<std::string_view> text_of(FileId id);
  std::optional<std::string_view> text_of(File& file, Rank rank, Controller controller, std::string_view path,
                                          std::string_view name);
  std::optional<std::string_view> read_kept(int fd, File& file, std::string_view name);
  const char* name_of(FileId id) const;
  bool is_there(FileId id) const;
  bool is_legacy(Controller controller) const;

  // The number in that file, 0 if it is missing.
  std::uint64_t value_of(FileId id);
  // A limit; 0 if it is missing. `total` is what the machine has, 0 if unknown.
  std::uint64_t limit_of(FileId id, std::uint64_t unified_total, std::uint64_t legacy_total);
  Pressure pressure_of(FileId id);
  template <class T>
  T parsed(FileId id, std::optional<T> (*scan)(std::string_view));

  void read_cpu_time();
  void read_cpus();
  void read_cpuset();
  void read_memory();
  void read_swap();
  void read_io();
  void read_rdma();
  void read_extra();
  void read_huge_pages();

  void fail(base::ErrorCode code, std::string message, std::string_view name);
  void fail_errno(int error_number, std::string_view name);

  UnitFiles& unit_;
  const ReadContext& context_;
  Usage& usage_;
  std::optional<base::Error> error_;
};

}  // namespace ceems::cgroup
