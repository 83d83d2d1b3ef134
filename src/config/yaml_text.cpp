#include "config/yaml_text.h"

#include "base/text.h"
#include "config/yaml_tree.h"

#include <array>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using base::ErrorCode;

// yaml-cpp keeps a token for each open bracket before it reports the first one. Real files nest a few deep.
constexpr std::ptrdiff_t kMaxOpenBrackets = 10'000;

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kExplanations{{
    {"end of map not found", "not understood: check the indentation and the quotes"},
    {"end of sequence not found", "not understood: check the indentation and the quotes"},
    {"end of map flow not found", "a '{' before this line is never closed"},
    {"end of sequence flow not found", "a '[' before this line is never closed"},
    {"illegal map value",
     "unexpected ':': is one missing on the line before, is the indentation right, or does the text need "
     "quotes?"},
    {"illegal map key", "unexpected '?': check the indentation"},
    {"illegal block entry", "unexpected '-': check the indentation"},
    {"unknown token", "unexpected character: put quotes around the text"},
    {"the referenced anchor is not defined", "an alias ('*name') of an anchor that was not defined before"},
}};

std::string_view line_at(std::string_view text, int line) {
  std::string_view content;
  for (int i = 0; i < line; ++i) {
    if (!base::next_line(text, content)) return "";
  }
  return content;
}

bool has_tab_indentation(std::string_view line) {
  const std::size_t start = line.find_first_not_of(" \t");
  return start != std::string_view::npos && line.substr(0, start).find('\t') != std::string_view::npos;
}

// Skips blanks, comments and node properties; the offset of the scalar's own first character.
std::size_t skip_properties(std::string_view text, std::size_t at) {
  constexpr std::string_view kBlanks = " \t\r\n";
  while (true) {
    at = text.find_first_not_of(kBlanks, at);
    if (at == std::string_view::npos) return at;
    const char c = text[at];
    if (c == '#') {
      at = text.find('\n', at);
    } else if (c == '!' || c == '&') {
      at = text.find_first_of(kBlanks, at);
    } else {
      return at;
    }
    if (at == std::string_view::npos) return at;
  }
}

}  // namespace

std::unexpected<base::Error> fail_in_yaml(std::string_view name, int line, std::string message,
                                          ErrorCode code) {
  return std::unexpected(base::Error{code, std::move(message), fmt::format("{}:{}", name, line)});
}

base::Status check_yaml_bytes(std::string_view text, std::string_view name) {
  if (text.size() > kMaxYamlBytes) {
    return fail_in_yaml(name, 1, fmt::format("larger than {} bytes", kMaxYamlBytes), ErrorCode::kTooLarge);
  }
  int line_number = 0;
  std::ptrdiff_t open_brackets = 0;
  std::string_view line;
  while (base::next_line(text, line)) {
    ++line_number;
    if (!base::is_valid_utf8(line)) return fail_in_yaml(name, line_number, "not UTF-8 text");
    for (const char c : line) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7F) {
        return fail_in_yaml(name, line_number, fmt::format("control character 0x{:02x}", byte));
      }
      if (c == '[' || c == '{') ++open_brackets;
      if ((c == ']' || c == '}') && open_brackets > 0) --open_brackets;
    }
    if (open_brackets > kMaxOpenBrackets) return fail_in_yaml(name, line_number, "too many open brackets");
  }
  return {};
}

bool has_open_quote(std::string_view text, std::size_t offset) {
  std::size_t at = skip_properties(text, offset);
  if (at == std::string_view::npos || (text[at] != '"' && text[at] != '\'')) return false;
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote) {
      // In single quotes a doubled quote is a literal one.
      if (quote == '"' || at + 1 >= text.size() || text[at + 1] != quote) return false;
      ++at;
    }
  }
  return true;
}

std::string explain_yaml_error(std::string_view library_message, std::string_view text, int line) {
  if (has_tab_indentation(line_at(text, line))) return "a tab in the indentation: use spaces";
  for (const auto& [message, explanation] : kExplanations) {
    if (library_message == message) return std::string(explanation);
  }
  return std::string(library_message);
}

}  // namespace ceems::config
