// Every directory of tests/data/report is a case: units.json as the server sends it, options.txt, and
// expected.txt, which is what cacct prints.
#include "base/file.h"
#include "base/text.h"
#include "report/styles.h"
#include "report/text_table.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

struct Options {
  FieldList fields = default_fields();
  std::string style = "text";
  bool header = true;
  bool summary = true;
};

Options parse_options(const std::string& text) {
  Options options;
  std::string_view rest = text;
  for (std::string_view line; base::next_line(rest, line);) {
    const std::size_t equals = line.find('=');
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = line.substr(equals + 1);
    if (key == "format" && value != "default") {
      auto fields = parse_format(value);
      EXPECT_TRUE(fields) << value;
      if (fields) options.fields = *fields;
    }
    if (key == "style") options.style = value;
    if (key == "header") options.header = value != "no";
    if (key == "summary") options.summary = value != "no";
  }
  return options;
}

std::string render(const Options& options, const std::vector<Unit>& units) {
  if (options.style == "json") return render_json(options.fields, units, options.summary);
  const Table table = make_table(options.fields, units, options.summary);
  if (options.style == "csv") return render_csv(table, options.header);
  if (options.style == "markdown") return render_markdown(table, options.header);
  if (options.style == "html") return render_html(table, options.header);
  return render_text(table, options.header);
}

class Tables : public testing::TestWithParam<std::string> {};

TEST_P(Tables, LookAsExpected) {
  const std::string directory = base::join_path(CEEMS_TEST_DATA, GetParam());
  const auto json = base::read_file(directory + "/units.json");
  const auto options = base::read_file(directory + "/options.txt");
  const auto expected = base::read_file(directory + "/expected.txt");
  ASSERT_TRUE(json && options && expected) << directory;
  const auto answer = parse_units(*json);
  ASSERT_TRUE(answer) << answer.error().text();
  EXPECT_EQ(render(parse_options(*options), answer->units), *expected);
}

std::vector<std::string> cases() {
  auto names = base::list_directory(CEEMS_TEST_DATA);
  return names ? *names : std::vector<std::string>();
}

INSTANTIATE_TEST_SUITE_P(Data, Tables, testing::ValuesIn(cases()),
                         [](const auto& test) { return base::replace_all(test.param, "-", "_"); });

TEST(Table, HasCases) {
  EXPECT_GE(cases().size(), 10u);
}

}  // namespace
}  // namespace ceems::report
