#include "config/environment.h"

#include "config/yaml.h"

#include <cstdlib>
#include <limits>

namespace ceems::config {

namespace {

constexpr bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// Names of one character: Go's os.Expand knows them, so "$1" in a file has always been one.
constexpr bool is_special_name(char c) {
  return std::string_view("*#$@!?-0123456789").find(c) != std::string_view::npos;
}

std::string_view value_of(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? "" : value;
}

struct Reference {
  std::size_t length = 0;  // characters after the "$"; 0: a plain dollar sign
  std::string_view value;  // what stands for it
};

// `text` starts after "${".
Reference read_braced(std::string_view text) {
  const std::size_t end = text.find('}');
  if (end == std::string_view::npos) return {1, ""};  // drops "${" and keeps the rest
  std::string_view name = text.substr(0, end);
  std::string_view fallback;
  if (const std::size_t colon = name.find(":-"); colon != std::string_view::npos) {
    fallback = name.substr(colon + 2);
    name = name.substr(0, colon);
  }
  const std::string_view value = name.empty() ? "" : value_of(name);
  return {end + 2, value.empty() ? fallback : value};
}

// `text` starts after the "$" and is not empty.
Reference read_reference(std::string_view text) {
  if (text.front() == '$') return {1, "$"};
  if (text.front() == '{') return read_braced(text.substr(1));
  if (is_special_name(text.front())) return {1, value_of(text.substr(0, 1))};
  std::size_t length = 0;
  while (length < text.size() && is_name_character(text[length]))
    ++length;
  return {length, length == 0 ? "" : value_of(text.substr(0, length))};
}

}  // namespace

std::string expand_environment_within(std::string_view text, std::size_t limit) {
  std::string result;
  while (result.size() <= limit) {
    const std::size_t dollar = text.find('$');
    result += text.substr(0, dollar);
    if (dollar == std::string_view::npos) return result;
    text.remove_prefix(dollar + 1);
    const Reference reference = text.empty() ? Reference{} : read_reference(text);
    if (reference.length == 0) result += '$';
    result += reference.value;
    text.remove_prefix(reference.length);
  }
  return result;
}

std::string expand_environment(std::string_view text) {
  return expand_environment_within(text, std::numeric_limits<std::size_t>::max());
}

}  // namespace ceems::config
