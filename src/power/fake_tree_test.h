// For tests: a directory tree made from a description, thrown away with the object.
//
// A description is text: "== PATH = CONTENT" makes a file of one line; "== PATH" makes a file of the lines
// that follow up to the next "==". Directories come by themselves.
#pragma once

#include "base/file.h"
#include "base/temporary_directory_test.h"
#include "base/text.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace ceems::power {

class FakeTree : public base::TemporaryDirectory {
 public:
  explicit FakeTree(std::string_view description) {
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

  const std::string& root() const { return path(); }
  void rename(std::string_view from, std::string_view to) const {
    std::filesystem::rename(path(from), path(to));
  }
  // `text` with this tree's directory replaced.
  std::string without_root(std::string text, std::string_view replacement) const {
    return base::replace_all(std::move(text), root(), replacement);
  }
};

}  // namespace ceems::power
