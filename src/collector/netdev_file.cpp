#include "collector/netdev_file.h"

#include "base/text.h"

#include <optional>

namespace ceems::collector {

namespace {

std::optional<NetdevLine> parse_line(std::string_view line) {
  // Names of aliases hold colons: the last one ends the name.
  const std::size_t colon = line.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  NetdevLine result{base::trim(line.substr(0, colon)), {}};
  if (result.device.empty()) return std::nullopt;
  std::string_view rest = line.substr(colon + 1);
  std::string_view word;
  for (std::uint64_t& counter : result.counters) {
    if (!base::next_word(rest, word)) return std::nullopt;
    const auto number = base::parse_u64(word);
    if (!number) return std::nullopt;
    counter = *number;
  }
  if (base::next_word(rest, word)) return std::nullopt;
  return result;
}

}  // namespace

NetdevTable parse_netdev(std::string_view text) {
  NetdevTable table;
  std::string_view line;
  (void)base::next_line(text, line);
  (void)base::next_line(text, line);
  while (base::next_line(text, line)) {
    if (base::trim(line).empty()) continue;
    if (auto parsed = parse_line(line)) {
      table.lines.push_back(*parsed);
    } else {
      ++table.broken;
    }
  }
  return table;
}

}  // namespace ceems::collector
