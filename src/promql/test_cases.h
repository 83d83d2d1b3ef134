// The cases of tests/data/promql/valid.txt and invalid.txt; what stands in front of a query there says who
// else understands it, which tests/e2e compares.
#pragma once

#include "base/file.h"
#include "base/text.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::promql {

struct TestCase {
  std::string query;
  std::string expected;  // the text in canonical form, or the error
  std::string place;     // "valid.txt:12"
};

inline std::string unescape_case(std::string text) {
  text = base::replace_all(std::move(text), "⏎", "\n");
  text = base::replace_all(std::move(text), "⇥", "\t");
  text = base::replace_all(std::move(text), "␍", "\r");
  return base::replace_all(std::move(text), "␁", "\x01");
}

inline std::vector<TestCase> read_test_cases(const std::string& file) {
  const std::string text = base::read_file(base::join_path(CEEMS_TEST_DATA, file)).value();
  std::vector<TestCase> cases;
  std::string_view rest = text;
  std::string_view line;
  for (int number = 1; base::next_line(rest, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    const std::string value = unescape_case(std::string(line.substr(line.find(' ') + 1)));
    if (line.front() == '=' || line.front() == ':')
      cases.back().expected = value;
    else
      cases.push_back({value, value, file + ":" + std::to_string(number)});
  }
  return cases;
}

}  // namespace ceems::promql
