// For tests: a copy of the stand-in for NVIDIA's library (tests/standin/nvml) in a directory of its own, and
// the text that steers it.
#pragma once

#include "base/check.h"
#include "base/file.h"
#include "base/temporary_directory_test.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::gpu {

class NvmlStandin {
 public:
  // `description`: lines `key value`, see standin.c. `age`: "new" or "old".
  explicit NvmlStandin(std::string description, std::string_view age = "new")
      : description_(std::move(description)) {
    install(age);
    write();
  }
  static NvmlStandin from_file(const std::string& path) { return NvmlStandin(base::read_file(path).value()); }

  std::string path() const { return directory_.path("libnvidia-ml.so.1"); }
  std::vector<std::string> libraries() const { return {path()}; }

  void install(std::string_view age) const {
    const std::string from = std::string(CEEMS_STANDINS) + "/libnvidia-ml-" + std::string(age) + ".so";
    // A new file, never the old one overwritten: that may be mapped.
    std::filesystem::copy_file(from, path() + ".new");
    std::filesystem::rename(path() + ".new", path());
  }
  void uninstall() const { std::filesystem::remove(path()); }

  // The library answers so from its next call on. The last line of a key counts.
  void set(std::string_view key, std::string_view value) {
    description_ += std::string(key) + " " + std::string(value) + "\n";
    write();
  }
  void unset(std::string_view key) {
    const std::string line = "\n" + std::string(key) + " ";
    for (std::size_t at = description_.find(line); at != std::string::npos; at = description_.find(line))
      description_.erase(at + 1, description_.find('\n', at + 1) - at);
    write();
  }

 private:
  void write() const {
    CEEMS_CHECK(base::write_file_atomically(directory_.path("nvml.conf"), description_, 0644).has_value());
  }

  base::TemporaryDirectory directory_;
  std::string description_;
};

}  // namespace ceems::gpu
