#include "promql/parse_error.h"

#include "base/text.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace ceems::promql {

namespace {

constexpr std::size_t kExcerptBefore = 60;  // characters
constexpr std::size_t kExcerptAfter = 40;
constexpr std::size_t kExcerptBytes = 512;  // either way; enough for that many characters

// Cuts the first character off; what is not UTF-8 counts byte by byte.
std::string_view take_character(std::string_view& text) {
  const std::string_view character = text.substr(0, std::max<std::size_t>(base::utf8_length(text), 1));
  text.remove_prefix(character.size());
  return character;
}

// Characters, each fit for a terminal.
std::vector<std::string_view> printable(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    const std::string_view character = take_character(text);
    const auto first = static_cast<unsigned char>(character.front());
    const bool broken = character.size() == 1 && first >= 0x80;
    const bool control = first < 0x20 || first == 0x7f ||
                         (first == 0xc2 && static_cast<unsigned char>(character.back()) < 0xa0);
    if (character == "\t")
      characters.emplace_back(" ");
    else
      characters.push_back(broken || control ? "?" : character);
  }
  return characters;
}

}  // namespace

LineColumn line_column(std::string_view query, std::size_t offset) {
  const std::string_view before = query.substr(0, std::min(offset, query.size()));
  LineColumn place;
  place.line += static_cast<std::size_t>(std::ranges::count(before, '\n'));
  const std::size_t line_start = before.rfind('\n') + 1;
  for (std::string_view rest = before.substr(line_start); !rest.empty(); take_character(rest))
    ++place.column;
  return place;
}

base::Error to_error(std::string_view query, const ParseError& error) {
  const auto [line, column] = line_column(query, error.offset);
  return {error.too_large ? base::ErrorCode::kTooLarge : base::ErrorCode::kInvalid,
          fmt::format("{}:{}: parse error: {}", line, column, error.message),
          {}};
}

std::string explain(std::string_view query, const ParseError& error) {
  const std::size_t offset = std::min(error.offset, query.size());
  const std::size_t line_start = query.substr(0, offset).rfind('\n') + 1;
  const std::size_t line_end = std::min(query.find('\n', offset), query.size());
  const std::size_t from = std::max(line_start, offset - std::min(offset, kExcerptBytes));
  const std::size_t to = std::min(line_end, offset + kExcerptBytes);
  std::vector<std::string_view> before = printable(query.substr(from, offset - from));
  std::vector<std::string_view> after = printable(query.substr(offset, to - offset));
  if (before.size() > kExcerptBefore) {
    before.erase(before.begin(), before.end() - kExcerptBefore);
    before.insert(before.begin(), "…");
  }
  if (after.size() > kExcerptAfter) {
    after.resize(kExcerptAfter);
    after.emplace_back("…");
  }
  return fmt::format("{}\n{}{}\n{:>{}}", to_error(query, error).message, fmt::join(before, ""),
                     fmt::join(after, ""), "^", before.size() + 1);
}

}  // namespace ceems::promql
