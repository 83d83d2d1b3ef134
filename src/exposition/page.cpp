#include "exposition/page.h"

#include "base/text.h"
#include "exposition/sample_line.h"

#include <algorithm>
#include <numeric>

namespace ceems::exposition {

namespace {

using Section = Emitter::Section;

void append_help(std::string& out, std::string_view help) {
  for (const char c : help) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

void append_head(std::string& out, const Family& family) {
  out += "# HELP ";
  out += family.name;
  out += ' ';
  append_help(out, family.help);
  out += "\n# TYPE ";
  out += family.name;
  out += ' ';
  out += type_name(family.type);
  out += '\n';
}

std::string_view labels_of(std::string_view line, std::size_t name_length) {
  return line.substr(name_length, line.rfind(' ') - name_length);
}

}  // namespace

const std::vector<std::string>& PageBuilder::build(const Emitter& emitter, std::string& out) {
  const std::vector<Section>& sections = emitter.sections();
  conflicts_.clear();
  order_.resize(sections.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::erase_if(order_, [&](std::size_t i) { return sections[i].begin == sections[i].end; });
  // The index breaks ties: the section that was written first says what the type is.
  std::ranges::sort(order_, {}, [&](std::size_t i) { return std::pair(sections[i].family.name, i); });
  for (std::size_t first = 0; first < order_.size();) {
    std::size_t last = first + 1;
    while (last < order_.size() && sections[order_[last]].family.name == sections[order_[first]].family.name)
      ++last;
    append_family(emitter, first, last, out);
    first = last;
  }
  return conflicts_;
}

void PageBuilder::append_family(const Emitter& emitter, std::size_t first, std::size_t last,
                                std::string& out) {
  const std::string_view text = emitter.text();
  const Section& head = emitter.sections()[order_[first]];
  const std::size_t name_length = head.family.name.size();
  append_head(out, head.family);

  bool conflict = false;
  bool in_order = true;
  bool only_one = true;
  std::string_view previous;  // labels
  lines_.clear();
  for (std::size_t i = first; i < last; ++i) {
    const Section& section = emitter.sections()[order_[i]];
    if (section.family.type != head.family.type || section.family.help != head.family.help) {
      conflict = true;
      continue;
    }
    only_one = only_one && i == first;
    std::string_view rest = text.substr(section.begin, section.end - section.begin);
    std::string_view line;
    while (base::next_line(rest, line)) {
      const std::string_view labels = labels_of(line, name_length);
      in_order = in_order && (lines_.empty() || compare_labels(previous, labels) < 0);
      previous = labels;
      lines_.push_back(line);
    }
  }
  if (in_order && only_one) {
    out += text.substr(head.begin, head.end - head.begin);
  } else {
    // All lines lie in one text: their position breaks ties, so that the first of two equal samples is kept.
    std::ranges::sort(lines_, [&](std::string_view left, std::string_view right) {
      const int order = compare_labels(labels_of(left, name_length), labels_of(right, name_length));
      return order != 0 ? order < 0 : left.data() < right.data();
    });
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      const std::string_view labels = labels_of(lines_[i], name_length);
      if (i > 0 && labels == previous) {
        conflict = true;
        continue;
      }
      out += lines_[i];
      out += '\n';
      previous = labels;
    }
  }
  if (conflict) conflicts_.emplace_back(head.family.name);
}

}  // namespace ceems::exposition
