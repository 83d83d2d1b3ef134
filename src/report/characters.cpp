#include "report/characters.h"

namespace ceems::report {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

// The character at the start of `text`, and how many bytes it takes (RFC 3629).
char32_t next_character(std::string_view text, std::size_t& length) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  length = 1;
  if (first < 0x80) return first;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return kReplacement;
  char32_t character = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xC0) != 0x80) return kReplacement;
    character = (character << 6) | (at(i) & 0x3FU);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
  if (character < kSmallest[size] || character > 0x10FFFF || surrogate) return kReplacement;
  length = size;
  return character;
}

bool is_control(char32_t c) {
  // C0, DEL, C1, the bidirectional overrides and the line and paragraph separators.
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

bool is_layout(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r';
}

bool pairs_up(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last && (c - first) % 2 == 1;  // capital, small, capital, small …
}

// Unicode Character Database, field Simple_Uppercase_Mapping.
char32_t upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (c == 0xB5) return 0x39C;
  if (c == 0xFF) return 0x178;
  if (c >= 0xE0 && c <= 0xFE) return c == 0xF7 ? c : c - 32;
  if (c == 0x131) return 'I';
  if (pairs_up(c, 0x100, 0x12F) || pairs_up(c, 0x132, 0x137) || pairs_up(c, 0x139, 0x148) ||
      pairs_up(c, 0x14A, 0x177) || pairs_up(c, 0x179, 0x17E))
    return c - 1;
  if (c == 0x3AC) return 0x386;
  if (c >= 0x3AD && c <= 0x3AF) return c - 37;
  if (c == 0x3C2) return 0x3A3;
  if (c >= 0x3B1 && c <= 0x3CB) return c - 32;
  if (c == 0x3CC) return 0x38C;
  if (c == 0x3CD || c == 0x3CE) return c - 63;
  if (c >= 0x430 && c <= 0x44F) return c - 32;
  if (c >= 0x450 && c <= 0x45F) return c - 80;
  if (pairs_up(c, 0x460, 0x481) || pairs_up(c, 0x48A, 0x4BF) || pairs_up(c, 0x4D0, 0x52F)) return c - 1;
  if (c >= 0x561 && c <= 0x586) return c - 48;
  if (pairs_up(c, 0x1E00, 0x1E95) || pairs_up(c, 0x1EA0, 0x1EFF)) return c - 1;
  return c;
}

}  // namespace

std::u32string decode_utf8(std::string_view text) {
  std::u32string characters;
  characters.reserve(text.size());
  while (!text.empty()) {
    std::size_t length = 0;
    characters += next_character(text, length);
    text.remove_prefix(length);
  }
  return characters;
}

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) {
    byte(c);
  } else if (c < 0x800) {
    byte(0xC0 | (c >> 6));
    byte(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    byte(0xE0 | (c >> 12));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  } else {
    byte(0xF0 | (c >> 18));
    byte(0x80 | ((c >> 12) & 0x3F));
    byte(0x80 | ((c >> 6) & 0x3F));
    byte(0x80 | (c & 0x3F));
  }
}

std::string encode_utf8(std::u32string_view text) {
  std::string result;
  for (const char32_t character : text)
    append_utf8(result, character);
  return result;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    std::size_t length = 0;
    next_character(text, length);
    text.remove_prefix(length);
    ++width;
  }
  return width;
}

std::string upper_case(std::string_view text) {
  std::string result;
  for (const char32_t character : decode_utf8(text))
    append_utf8(result, upper(character));
  return result;
}

std::string printable(std::string_view text) {
  std::string result;
  for (const char32_t character : decode_utf8(text))
    append_utf8(result, is_layout(character) ? U' ' : is_control(character) ? kReplacement : character);
  return result;
}

std::string printable_lines(std::string_view text) {
  std::string result;
  for (const char32_t character : decode_utf8(text))
    append_utf8(result, is_control(character) && !is_layout(character) ? kReplacement : character);
  return result;
}

}  // namespace ceems::report
