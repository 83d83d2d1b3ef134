// Cases as data for the tests of this room: YAML files whose first line is a comment "# expect: TEXT", where
// TEXT is the error that reading the file gives, or "ok".
#pragma once

#include "base/file.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

struct TestCase {
  std::string name;      // "duplicate-key.yml"
  std::string text;      // the whole file
  std::string expected;  // "ok", or an error text
};

inline std::vector<TestCase> read_test_cases(std::string_view directory) {
  constexpr std::string_view kMark = "# expect: ";
  const std::string path = base::join_path(CEEMS_TEST_DATA, directory);
  std::vector<TestCase> cases;
  for (const std::string& name : base::list_directory(path).value()) {
    TestCase test{name, base::read_file(base::join_path(path, name)).value(), "(no expectation)"};
    if (test.text.starts_with(kMark)) {
      test.expected = test.text.substr(kMark.size(), test.text.find('\n') - kMark.size());
    }
    cases.push_back(std::move(test));
  }
  return cases;
}

}  // namespace ceems::config
