#include "exposition/emitter.h"

#include "base/check.h"
#include "base/text.h"

#include <algorithm>

namespace ceems::exposition {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool stands_for_itself(char c) {
  return c != '\\' && c != '"' && c != '\n' && static_cast<unsigned char>(c) < 0x80;
}

std::string render_sorted(const std::vector<Label>& labels) {
  if (labels.empty()) return "";
  std::string text;
  char separator = '{';
  for (const Label& label : labels) {
    text += separator;
    text += label.name;
    text += "=\"";
    append_escaped(text, label.value);
    text += '"';
    separator = ',';
  }
  text += '}';
  return text;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain =
        static_cast<std::size_t>(std::ranges::find_if_not(text, stands_for_itself) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return;
    std::size_t length = 1;
    if (text.front() == '\n') {
      out += "\\n";
    } else if (text.front() == '\\' || text.front() == '"') {
      out += '\\';
      out += text.front();
    } else if (const std::size_t sequence = base::utf8_length(text); sequence == 0) {
      out += kReplacement;
    } else {
      length = sequence;
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

std::string render_labels(std::vector<Label> labels) {
  std::ranges::sort(labels, {}, &Label::name);
  return render_sorted(labels);
}

std::string render_labels(std::initializer_list<Label> labels) {
  return render_labels(std::vector<Label>(labels));
}

void Emitter::begin(const Family& family) {
  sections_.push_back(Section{family, text_.size(), text_.size()});
}

void Emitter::start_line(std::string_view labels) {
  CEEMS_CHECK(!sections_.empty());
  text_ += sections_.back().family.name;
  text_ += labels;
  text_ += ' ';
}

void Emitter::end_line() {
  text_ += '\n';
  sections_.back().end = text_.size();
}

void Emitter::sample(std::string_view labels, double value) {
  start_line(labels);
  append_number(text_, value);
  end_line();
}

void Emitter::sample(std::string_view labels, std::uint64_t value) {
  start_line(labels);
  append_number(text_, value);
  end_line();
}

void Emitter::sample(std::initializer_list<Label> labels, double value) {
  sample(render_labels(labels), value);
}

void Emitter::clear() {
  text_.clear();
  sections_.clear();
}

}  // namespace ceems::exposition
