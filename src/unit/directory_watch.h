// Files that are written, replaced or removed in some directories, by inotify. A directory that may be read
// only with privileges is watched with them once; after that none are needed. Not thread-safe.
//
// Source: inotify(7).
#pragma once

#include "base/fd.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

class DirectoryWatch {
 public:
  explicit DirectoryWatch(std::vector<std::string> directories);

  // Watches those that are there and are not watched yet. With the privileges that reading them takes.
  void watch_missing();
  // Calls `on_file` with the name of each file that became another. False if events were lost, or a directory
  // is another one now: anything may have changed.
  bool drain(const std::function<void(std::string_view name)>& on_file);

 private:
  struct Directory {
    std::string path;
    int watch = -1;
  };
  base::Fd inotify_;
  std::vector<Directory> directories_;
};

}  // namespace ceems::unit
