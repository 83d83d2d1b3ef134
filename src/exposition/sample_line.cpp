#include "exposition/sample_line.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ceems::exposition {

namespace {

// What the escaped character at `at` stands for; the closing quote comes before every character.
int unescaped_at(std::string_view text, std::size_t at) {
  if (at >= text.size()) return -2;
  std::size_t backslashes = 0;
  while (backslashes < at && text[at - 1 - backslashes] == '\\')
    ++backslashes;
  const bool escaped = backslashes % 2 == 1;
  char c = text[at];
  if (!escaped && c == '"') return -1;
  if (!escaped && c == '\\' && at + 1 < text.size()) {
    c = text[at + 1];
    return c == 'n' ? '\n' : static_cast<unsigned char>(c);
  }
  return escaped && c == 'n' ? '\n' : static_cast<unsigned char>(c);
}

// Where the texts differ first. Lines of one family share most of their bytes: eight at a time.
std::size_t common_prefix(std::string_view left, std::string_view right) {
  const std::size_t length = std::min(left.size(), right.size());
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= length; at += sizeof(std::uint64_t)) {
    if (std::memcmp(left.data() + at, right.data() + at, sizeof(std::uint64_t)) != 0) break;
  }
  while (at < length && left[at] == right[at])
    ++at;
  return at;
}

}  // namespace

SampleLine parse_sample_line(std::string_view line) {
  SampleLine sample;
  const std::size_t name_end = std::min(line.find_first_of("{ "), line.size());
  // The value holds no blank, a label value may.
  const std::size_t value_begin = line.rfind(' ');
  if (value_begin == std::string_view::npos || value_begin < name_end) return sample;
  sample.name = line.substr(0, name_end);
  sample.labels = line.substr(name_end, value_begin - name_end);
  sample.value = line.substr(value_begin + 1);
  return sample;
}

bool next_label(std::string_view& labels, std::string_view& name, std::string_view& value) {
  if (labels.size() < 2) return false;
  labels.remove_prefix(1);  // the brace or the comma
  const std::size_t quote = labels.find("=\"");
  if (quote == std::string_view::npos) return false;
  name = labels.substr(0, quote);
  labels.remove_prefix(quote + 2);
  std::size_t end = 0;
  while (end < labels.size() && labels[end] != '"')
    end += labels[end] == '\\' ? 2 : 1;
  end = std::min(end, labels.size());
  value = labels.substr(0, end);
  labels.remove_prefix(std::min(end + 1, labels.size()));
  return true;
}

void append_unescaped(std::string& out, std::string_view escaped) {
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '\\' || i + 1 == escaped.size()) {
      out += escaped[i];
    } else {
      ++i;
      out += escaped[i] == 'n' ? '\n' : escaped[i];
    }
  }
}

int compare_labels(std::string_view left, std::string_view right) {
  const std::size_t at = common_prefix(left, right);
  if (at == left.size() && at == right.size()) return 0;
  return unescaped_at(left, at) - unescaped_at(right, at);
}

}  // namespace ceems::exposition
