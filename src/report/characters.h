// Characters as a terminal counts them, near enough: code points of UTF-8. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::report {

// One element per character. Bytes that are no UTF-8 count as U+FFFD.
std::u32string decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t character);
std::string encode_utf8(std::u32string_view text);

// Number of characters.
std::size_t width_of(std::string_view text);

// Upper case by simple mapping (one character to one) for Latin, Greek, Cyrillic and Armenian letters.
std::string upper_case(std::string_view text);

// The text with white space turned into blanks and other control characters, escape sequences among them,
// into U+FFFD: names come from users, and a terminal obeys what it is sent.
std::string printable(std::string_view text);
// The same, but tabs and line ends stay.
std::string printable_lines(std::string_view text);

}  // namespace ceems::report
