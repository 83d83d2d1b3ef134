// The table of network devices. Format: proc(5), /proc/<pid>/net/dev.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ceems::collector {

inline constexpr std::size_t kNetdevFields = 16;

struct NetdevLine {
  std::string_view device;                            // a view into the text
  std::array<std::uint64_t, kNetdevFields> counters;  // eight received, eight transmitted, as in the file
};

struct NetdevTable {
  std::vector<NetdevLine> lines;
  std::size_t broken = 0;  // lines that are none
};

// `text` must outlive the result. The two lines of headings are left out.
NetdevTable parse_netdev(std::string_view text);

}  // namespace ceems::collector
