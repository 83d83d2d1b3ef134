// The fields of /proc/meminfo. Format: proc_meminfo(5).
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::collector {

struct MemoryField {
  std::string_view key;  // "MemTotal", "Active(anon)", a view into the text
  std::uint64_t value = 0;
  bool kibibytes = false;  // else a plain number

  double number() const { return static_cast<double>(value) * (kibibytes ? 1024.0 : 1.0); }
};

// Views into `text`, in the order of the lines, the first of a repeated key.
// kInvalid for a line that is not `key: number` or `key: number kB`. At most 4,096 fields.
base::Result<std::vector<MemoryField>> parse_meminfo(std::string_view text);

// "Active(anon)", in kB → "Active_anon_bytes": the field's part of a metric name. Empty for a key that can't
// be one.
std::string meminfo_metric_part(const MemoryField& field);

// The file, kept open from the first read on. Not thread-safe.
class MeminfoFile {
 public:
  explicit MeminfoFile(std::string path);  // "/proc/meminfo"
  // The views live until the next read.
  base::Result<std::vector<MemoryField>> read();

 private:
  std::string path_;
  base::Fd fd_;
  std::vector<char> buffer_;
};

}  // namespace ceems::collector
