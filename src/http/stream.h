// Bytes both ways over a connection that has left HTTP/1 for another protocol. Blocking; not thread-safe,
// but for the client's cancel().
#pragma once

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>

namespace ceems::http {

class Stream {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  virtual ~Stream() = default;
  // What arrives next, tens of kilobytes at most; "" once the other end has finished in good order.
  // kUnavailable, kTimeout, kCancelled.
  virtual base::Result<std::string> read(Deadline deadline) = 0;
  virtual base::Status write(std::string_view bytes, Deadline deadline) = 0;
};

}  // namespace ceems::http
