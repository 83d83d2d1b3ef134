// The whole program as its scraper sees it: ceems_exporter as a child process, asked over HTTP.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace ceems::bench {

class RunningExporter {
 public:
  static base::Result<RunningExporter> start(const std::string& program,
                                             const std::vector<std::string>& flags);
  RunningExporter(RunningExporter&& other) noexcept
      : process_(std::exchange(other.process_, -1)),
        port_(other.port_),
        connection_(std::move(other.connection_)) {}
  RunningExporter& operator=(RunningExporter&&) = delete;
  ~RunningExporter();

  pid_t process() const { return process_; }
  // One scrape on a kept connection, answered in gzip: bytes of the body.
  base::Result<std::size_t> scrape();

 private:
  RunningExporter() = default;
  base::Status connect();
  base::Result<std::size_t> ask();
  base::Result<std::size_t> read_reply();

  pid_t process_ = -1;
  int port_ = 0;
  base::Fd connection_;
};

}  // namespace ceems::bench
