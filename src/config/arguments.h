// The words of a command line with @file arguments replaced by the lines of the file. Not thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace ceems::config {

class Arguments {
 public:
  explicit Arguments(const std::vector<std::string>& words) : words_(words.begin(), words.end()) {}

  // The next word; nothing at the end. A file that cannot be read is an error, and so are files that name one
  // another for ever.
  base::Result<std::optional<std::string>> next();
  // From here on "@" means nothing: "--" was read.
  void take_literally() { literal_ = true; }
  // Puts a word back in front.
  void unread(std::string word) { words_.push_front(std::move(word)); }

 private:
  base::Status read_arguments(const std::string& path);

  std::deque<std::string> words_;
  bool literal_ = false;
  std::size_t files_ = 0;
};

}  // namespace ceems::config
