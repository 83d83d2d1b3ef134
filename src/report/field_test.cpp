#include "report/field.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

std::vector<std::string> titles(const FieldList& fields) {
  std::vector<std::string> result;
  for (const Field* field : fields)
    result.emplace_back(field->title);
  return result;
}

TEST(Format, KeepsTheOrderGiven) {
  const auto fields = parse_format("state,JobID, elapsed ");
  ASSERT_TRUE(fields);
  EXPECT_EQ(titles(*fields), (std::vector<std::string>{"State", "Job ID", "Elapsed"}));
}

TEST(Format, KeepsARepeatedFieldOnce) {
  const auto fields = parse_format("user,,user");
  ASSERT_TRUE(fields);
  EXPECT_EQ(titles(*fields), (std::vector<std::string>{"User"}));
}

TEST(Format, NamesTheFieldThatIsUnknown) {
  const auto fields = parse_format("jobid,cpuUsages");
  ASSERT_FALSE(fields);
  EXPECT_NE(fields.error().message.find("'cpuUsages'"), std::string::npos);
}

TEST(Format, RefusesAListOfNothing) {
  EXPECT_FALSE(parse_format(" , "));
}

TEST(Fields, EachHasASlotOfItsOwn) {
  std::vector<std::pair<bool, std::size_t>> seen;
  for (const Field& field : all_fields()) {
    const std::pair slot{field.kind == FieldKind::kText, field.slot};
    EXPECT_EQ(std::ranges::find(seen, slot), seen.end()) << field.name;
    EXPECT_LT(field.slot, slot.first ? kTextFields : kMetricFields);
    EXPECT_LE(field.min_width, field.max_width);
    seen.push_back(slot);
  }
}

TEST(FormatHelp, ListsEveryFieldSortedInABox) {
  const std::string help = format_help();
  EXPECT_TRUE(help.starts_with("+-"));
  EXPECT_NE(help.find("| FIELD "), std::string::npos);
  std::size_t at = 0;
  for (const char* name :
       {"| Account ", "| cpuMemoryUsage ", "| cpuUsage ", "| jobID ", "| Name ", "| user "}) {
    const std::size_t found = help.find(name);
    ASSERT_NE(found, std::string::npos) << name;
    EXPECT_GT(found, at) << name;
    at = found;
  }
}

}  // namespace
}  // namespace ceems::report
