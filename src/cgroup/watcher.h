// Who tells us that directories come and go: inotify. On cgroup file systems it reports mkdir and rmdir by
// anybody, under v1 and v2 alike. Not thread-safe.
//
// Source: inotify(7).
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace ceems::cgroup {

class Watcher {
 public:
  struct Event {
    int watch = -1;
    std::string_view name;  // of the directory that came or went; empty if the watch itself has ended
    bool gone = false;      // a directory of that name was removed, or moved away
  };

  // Watches for directories that come and go directly below `path`. kTooLarge at the user's limit of watches
  // or instances; kNotFound if the directory has gone. The same directory gives the same watch.
  base::Result<int> watch(const std::string& path);
  void unwatch(int watch);

  // Calls on_event for everything that has happened. False if events were lost.
  bool drain(const std::function<void(const Event&)>& on_event);

 private:
  base::Fd inotify_;
};

}  // namespace ceems::cgroup
