#include "json/read.h"

#include <cstddef>
#include <limits>
#include <string>

#include <boost/json/monotonic_resource.hpp>
#include <gtest/gtest.h>

namespace ceems::json {
namespace {

value tree_of(std::string_view text) {
  auto tree = parse(text);
  EXPECT_TRUE(tree) << text;
  return tree ? *std::move(tree) : value();
}

std::string error_of(std::string_view text, std::string_view subject = "") {
  const auto tree = parse(text, subject);
  return tree ? "" : tree.error().text();
}

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

TEST(Json, SaysWhatIsWrongAboutItsSubject) {
  EXPECT_EQ(error_of(R"({"a": 1)", "bjobs"), "bjobs: the answer is not valid JSON: incomplete JSON");
  EXPECT_EQ(error_of(""), "the answer is not valid JSON: incomplete JSON");
}

TEST(Json, TellsAWebPageFromBrokenJson) {
  EXPECT_EQ(error_of(" \n<!DOCTYPE html>"), "the answer is a web page and not JSON");
}

TEST(Json, TellsNothingOfTheText) {
  EXPECT_EQ(error_of(R"({"token": "secret)").find("secret"), std::string::npos);
}

TEST(Json, RefusesWhatIsNestedTooDeep) {
  EXPECT_EQ(error_of(nested(32)), "");
  EXPECT_NE(error_of(nested(34)), "");
  EXPECT_NE(error_of(nested(1'000'000)), "");
}

TEST(Json, KeepsItsTreeWhereItIsTold) {
  boost::json::monotonic_resource memory;
  const auto tree = parse(R"({"a": ["b"]})", "", &memory);
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->storage().get(), &memory);
}

TEST(Json, FindsMembersOfMembers) {
  const value tree = tree_of(R"({"a": {"b": {"c": "d"}}})");
  ASSERT_NE(at(tree, {"a", "b"}), nullptr);
  EXPECT_EQ(text_member(*at(tree, {"a", "b"}), "c"), "d");
  EXPECT_EQ(at(tree, {"a", "x", "c"}), nullptr);
  EXPECT_EQ(at(tree, {"a", "b", "c", "d"}), nullptr);
  EXPECT_EQ(at(tree, {}), &tree);
}

TEST(Json, TakesWhatHasAnotherTypeAsAbsent) {
  const value tree =
      tree_of(R"({"text": "1", "number": 1, "list": [], "map": {}, "null": null, "true": true})");
  EXPECT_EQ(text_member(tree, "number"), "");
  EXPECT_EQ(find_text(tree, "null"), std::nullopt);
  EXPECT_EQ(number_member(tree, "text"), std::nullopt);
  EXPECT_EQ(integer_member(tree, "text"), std::nullopt);
  EXPECT_EQ(bool_member(tree, "number"), std::nullopt);
  EXPECT_EQ(array_member(tree, "map"), nullptr);
  EXPECT_EQ(object_member(tree, "list"), nullptr);
  EXPECT_EQ(loose_number_member(tree, "true"), std::nullopt);
  EXPECT_EQ(loose_text_member(tree, "map"), "");
}

TEST(Json, TakesMembersOfWhatIsNoObjectAsAbsent) {
  const value list = tree_of("[1]");
  EXPECT_EQ(member(list, "0"), nullptr);
  EXPECT_EQ(text_member(list, "a"), "");
  EXPECT_EQ(loose_integer_member(list, "a"), std::nullopt);
}

TEST(Json, ReadsMembersOfEachType) {
  const value tree = tree_of(R"({"text": "", "number": 1.5, "list": [1], "map": {"a": 1}, "false": false})");
  EXPECT_EQ(find_text(tree, "text"), "");
  EXPECT_EQ(number_member(tree, "number"), 1.5);
  EXPECT_EQ(integer_member(tree, "number"), std::nullopt);
  EXPECT_EQ(bool_member(tree, "false"), false);
  ASSERT_NE(array_member(tree, "list"), nullptr);
  EXPECT_EQ(array_member(tree, "list")->size(), 1U);
  ASSERT_NE(object_member(tree, "map"), nullptr);
  EXPECT_TRUE(object_member(tree, "map")->contains("a"));
}

TEST(Json, ReadsNumbersThatAreWrittenAsTexts) {
  const value tree =
      tree_of(R"({"a": " 12 ", "b": "1.9", "c": 18446744073709551615, "d": "x", "e": "nan", "f": ""})");
  EXPECT_EQ(loose_integer_member(tree, "a"), 12);
  EXPECT_EQ(loose_number_member(tree, "a"), 12.0);
  EXPECT_EQ(loose_integer_member(tree, "b"), 1);
  EXPECT_EQ(loose_number_member(tree, "b"), 1.9);
  EXPECT_EQ(loose_integer_member(tree, "c"), std::nullopt);
  EXPECT_EQ(loose_number_member(tree, "c"), 18446744073709551615.0);
  for (const char* name : {"d", "e", "f"}) {
    EXPECT_EQ(loose_number_member(tree, name), std::nullopt) << name;
    EXPECT_EQ(loose_integer_member(tree, name), std::nullopt) << name;
  }
}

TEST(Json, KeepsTheLastDigitsOfWholeNumbers) {
  const value tree = tree_of(R"({"a": 9223372036854775807, "b": "9223372036854775807"})");
  EXPECT_EQ(loose_integer_member(tree, "a"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(loose_integer_member(tree, "b"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(integer_member(tree, "a"), std::numeric_limits<std::int64_t>::max());
}

TEST(Json, ReadsTextsThatAreWrittenAsNumbers) {
  const value tree = tree_of(R"({"a": "7", "b": 7, "c": 18446744073709551615, "d": 7.5})");
  EXPECT_EQ(loose_text_member(tree, "a"), "7");
  EXPECT_EQ(loose_text_member(tree, "b"), "7");
  EXPECT_EQ(loose_text_member(tree, "c"), "18446744073709551615");
  EXPECT_EQ(loose_text_member(tree, "d"), "");
}

TEST(Json, NamesThePathOfAListThatIsMissing) {
  const value tree = tree_of(R"({"data": {"result": [1, 2], "type": "x"}})");
  const auto list = need_array(tree, {"data", "result"});
  ASSERT_TRUE(list);
  EXPECT_EQ((*list)->size(), 2U);
  EXPECT_EQ(need_array(tree, {"data", "type"}, "bjobs").error().text(), "bjobs: the answer has no data.type");
}

TEST(Json, WritesWhatIsNotTooLarge) {
  EXPECT_EQ(to_text(tree_of(R"( {"a": [1, "b"]} )"), "{}"), R"({"a":[1,"b"]})");
  EXPECT_EQ(to_text(tree_of('"' + std::string(70'000, 'x') + '"'), "{}"), "{}");
}

}  // namespace
}  // namespace ceems::json
