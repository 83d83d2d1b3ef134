// Taking apart the lines that Emitter writes: `name{a="x",b="y"} 12`. Only for our own output: what is not of
// that shape gives an unspecified, but harmless, answer. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace ceems::exposition {

struct SampleLine {
  std::string_view name;
  std::string_view labels;  // `{…}` or ""
  std::string_view value;
};

// `line` without its line end.
SampleLine parse_sample_line(std::string_view line);

// Cuts the next label off `labels`; `value` is still escaped. False when none is left. Start with the
// SampleLine's labels.
bool next_label(std::string_view& labels, std::string_view& name, std::string_view& value);

void append_unescaped(std::string& out, std::string_view escaped);

// Order of two samples of one family: by label values, in the order of the label names. Below, equal to or
// above 0; equal only for equal label sets.
int compare_labels(std::string_view left, std::string_view right);

}  // namespace ceems::exposition
