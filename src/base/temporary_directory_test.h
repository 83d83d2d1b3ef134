// For tests of all rooms: a directory of their own, which goes with all that is in it.
#pragma once

#include "base/check.h"
#include "base/file.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace ceems::base {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = std::filesystem::temp_directory_path() / "ceems-test-XXXXXX";
    CEEMS_CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = std::move(pattern);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::string& path() const { return path_; }
  std::string path(std::string_view below) const { return join_path(path_, below); }

  // The directories above `below` come by themselves. Files are written as they are, so that open descriptors
  // see it.
  void write(std::string_view below, std::string_view text) const {
    std::filesystem::create_directories(parent_path(path(below)));
    std::ofstream(path(below), std::ios::binary) << text;
  }
  void make(std::string_view below) const { std::filesystem::create_directories(path(below)); }
  void remove(std::string_view below) const { std::filesystem::remove_all(path(below)); }

 private:
  std::string path_;
};

}  // namespace ceems::base
