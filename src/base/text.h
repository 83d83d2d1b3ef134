// Small text tools for kernel files, flags and headers. Nothing here allocates unless it returns a string.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::base {

std::string_view trim(std::string_view text);  // ASCII blanks, tabs, line ends

// Pieces between separators, empty ones kept. "" gives one empty piece.
std::vector<std::string_view> split(std::string_view text, char separator);

// Cuts the text before the next line end off `rest`. False when nothing is left.
bool next_line(std::string_view& rest, std::string_view& line);
// Cuts the next run of non-blank characters off `rest`. False when nothing is left.
bool next_word(std::string_view& rest, std::string_view& word);

// Decimal numbers, the whole text or nothing. No sign for unsigned, no blanks; overflow is nullopt.
std::optional<std::uint64_t> parse_u64(std::string_view text);
std::optional<std::int64_t> parse_i64(std::string_view text);
std::optional<double> parse_double(std::string_view text);

std::string to_lower(std::string_view text);                        // ASCII
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// The text as a JSON string, quotes included; invalid UTF-8 becomes U+FFFD.
std::string json_quote(std::string_view text);
bool is_valid_utf8(std::string_view text);
// Bytes of the UTF-8 sequence (RFC 3629) that the text, which is not empty, starts with; 0 if invalid.
std::size_t utf8_length(std::string_view text);

// "0-3,8" → 5: the number of CPUs in a kernel list; nullopt on anything else. The empty list is 0.
std::optional<std::uint32_t> count_cpu_list(std::string_view text);

}  // namespace ceems::base
