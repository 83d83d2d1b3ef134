// A file of sysfs that holds one short line, kept open between readings. Not thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "power/rapl_zone.h"

#include <array>
#include <string>
#include <string_view>

namespace ceems::power {

class SensorFile {
 public:
  explicit SensorFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Opens it if it is not open. Reading does so too.
  base::Status open(const OpenFile& open_file);

  // At most 127 bytes without blanks around, valid until the next call: one read(2), never repeated. After an
  // error the next reading opens the file anew. kGone: the device went away; else the system's error.
  base::Result<std::string_view> read(const OpenFile& open_file);

 private:
  std::string path_;
  base::Fd file_;
  std::array<char, 128> buffer_{};
};

}  // namespace ceems::power
