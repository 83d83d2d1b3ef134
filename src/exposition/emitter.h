// Where collectors write their samples. One Emitter is reused for every scrape: after the first few its
// buffers have grown to size and nothing is allocated any more. Not thread-safe: one scrape at a time.
//
// A collector writes family by family:
//
//   emitter.begin(kCpuSeconds);
//   emitter.sample(rendered_labels, 12.5);
//
// Families may come in any order and from several collectors; Page puts them in order. The samples of one
// family from one collector must come sorted by label values and be distinct.
#pragma once

#include "exposition/family.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::exposition {

struct Label {
  std::string_view name;
  std::string_view value;  // any bytes; escaped when written
};

// `{a="x",b="y"}` with values escaped and names sorted, or "" for no labels: render once, keep, pass to
// sample().
std::string render_labels(std::initializer_list<Label> labels);
std::string render_labels(std::vector<Label> labels);
// Appends `text` with `\`, `"` and line ends escaped as in a label value. Invalid UTF-8 becomes U+FFFD.
void append_escaped(std::string& out, std::string_view text);

// Appends a number as Go's strconv 'g' with the shortest digits does: 345678, 1.234567e+06, 2e-05, NaN, +Inf,
// -Inf.
void append_number(std::string& out, double value);
void append_number(std::string& out, std::uint64_t value);  // the same text as the nearest double

class Emitter {
 public:
  // A stretch of samples of one family inside text().
  struct Section {
    Family family;
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // Starts a family; samples that follow belong to it. The views in `family` must outlive the scrape.
  void begin(const Family& family);

  // One sample; `labels` as render_labels() gives it.
  void sample(std::string_view labels, double value);
  void sample(std::string_view labels, std::uint64_t value);
  template <std::integral Integer>
  void sample(std::string_view labels, Integer value) {
    if constexpr (std::is_signed_v<Integer>) {
      sample(labels, static_cast<double>(value));
    } else {
      sample(labels, static_cast<std::uint64_t>(value));
    }
  }
  void sample(std::initializer_list<Label> labels, double value);  // renders: not for hot loops

  // What was written since clear(), for Page and for tests.
  const std::string& text() const { return text_; }
  const std::vector<Section>& sections() const { return sections_; }
  void clear();

 private:
  void start_line(std::string_view labels);
  void end_line();

  std::string text_;
  std::vector<Section> sections_;
};

}  // namespace ceems::exposition
