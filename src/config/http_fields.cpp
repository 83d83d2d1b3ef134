#include "config/http_fields.h"

#include <algorithm>

namespace ceems::config {

namespace {

constexpr bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
constexpr bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

constexpr bool is_token_character(char c) {
  return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

}  // namespace

bool is_field_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, is_token_character);
}

bool is_field_value(std::string_view value) {
  return std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

std::string canonical_field_name(std::string_view name) {
  std::string canonical(name);
  bool first = true;
  for (char& c : canonical) {
    if (first && is_lower(c)) {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (!first && is_upper(c)) {
      c = static_cast<char>(c - 'A' + 'a');
    }
    first = c == '-';
  }
  return canonical;
}

}  // namespace ceems::config
