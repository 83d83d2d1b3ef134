// For tests: a directory tree made from a description, thrown away with the object.
//
// A description is text: "== PATH = CONTENT" makes a file of one line; "== PATH" makes a file of the lines
// that follow up to the next "==". Directories come by themselves.
#pragma once

#include "base/check.h"
#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace ceems::power {

class FakeTree {
 public:
  explicit FakeTree(std::string_view description) {
    char name[] = "/tmp/ceems-tree-XXXXXX";
    CEEMS_CHECK(::mkdtemp(name) != nullptr);
    root_ = name;
    std::string path;
    std::string content;
    std::string_view line;
    while (base::next_line(description, line)) {
      if (!line.starts_with("== ")) {
        content += std::string(line) + "\n";
        continue;
      }
      if (!path.empty()) write(path, content);
      const std::size_t equals = line.find(" = ");
      path = line.substr(3, equals == std::string_view::npos ? equals : equals - 3);
      content = equals == std::string_view::npos ? "" : std::string(line.substr(equals + 3)) + "\n";
    }
    if (!path.empty()) write(path, content);
  }
  static FakeTree from_file(const std::string& path) { return FakeTree(base::read_file(path).value()); }
  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;
  ~FakeTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  const std::string& root() const { return root_; }
  std::string path(std::string_view relative) const { return base::join_path(root_, relative); }
  // Into the file as it is, so that open descriptors see it.
  void write(std::string_view relative, std::string_view content) const {
    std::filesystem::create_directories(base::parent_path(path(relative)));
    std::ofstream(path(relative)) << content;
  }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(path(from), path(to));
  }
  void remove(std::string_view relative) const { std::filesystem::remove_all(path(relative)); }
  // `text` with this tree's directory replaced.
  std::string without_root(std::string text, std::string_view replacement) const {
    return base::replace_all(std::move(text), root_, replacement);
  }

 private:
  std::string root_;
};

}  // namespace ceems::power
