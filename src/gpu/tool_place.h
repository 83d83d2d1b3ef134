// Where the vendors' tools can be run other than on this host. Thread-safe.
#pragma once

#include "base/result.h"
#include "gpu/device.h"

#include <chrono>
#include <string>
#include <vector>

namespace ceems::gpu {

class ToolPlace {
 public:
  virtual ~ToolPlace() = default;
  // What the command, a program's name and its arguments, printed on its standard output. kNotFound: there is
  // no such place now. Other errors as of a tool that fails here; they tell where it was run.
  virtual base::Result<std::string> run(Vendor vendor, const std::vector<std::string>& command,
                                        std::chrono::milliseconds timeout) = 0;
  // Makes running and future run() fail with kCancelled.
  virtual void cancel() = 0;
};

}  // namespace ceems::gpu
