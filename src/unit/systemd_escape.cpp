#include "unit/systemd_escape.h"

#include <charconv>

namespace ceems::unit {

std::optional<std::string> systemd_unescape(std::string_view path) {
  std::string plain;
  plain.reserve(path.size());
  while (!path.empty()) {
    const std::size_t backslash = path.find('\\');
    plain += path.substr(0, backslash);
    if (backslash == std::string_view::npos) break;
    path.remove_prefix(backslash + 1);
    if (path.starts_with('\\')) {
      plain += '\\';
      path.remove_prefix(1);
      continue;
    }
    constexpr std::size_t kHexEscape = 3;  // xHH
    if (path.size() < kHexEscape || path.front() != 'x') return std::nullopt;
    unsigned value = 0;
    const char* digits = path.data() + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, value, 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
    plain += static_cast<char>(value);
    path.remove_prefix(kHexEscape);
  }
  return plain;
}

}  // namespace ceems::unit
