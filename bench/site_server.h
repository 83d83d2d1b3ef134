// The API server on a site's database, asked without a network.
#pragma once

#include "access/directory.h"
#include "base/result.h"
#include "http/server.h"
#include "store/reader.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::bench {

class SiteServer {
 public:
  // exact: how it accounts, see data.accounting.
  base::Status open(const std::string& directory, bool exact);
  // Bytes of the answer's body; each piece is thrown away as soon as it is there. Thread-safe.
  base::Result<std::size_t> ask(std::string_view user, const std::string& target) const;

 private:
  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<access::Directory> members_;
  std::vector<http::Route> routes_;
};

// "from=...&to=...": a window of so many seconds at the end of the site's time. Another one from round to
// round, so that no answer repeats.
std::string window(std::int64_t seconds, std::size_t round);
// Where that one ends, in seconds.
std::int64_t window_end(std::size_t round);

}  // namespace ceems::bench
