#include "config/yaml.h"

#include "base/file.h"
#include "config/test_cases.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace ceems::config {
namespace {

Document parse(std::string text) {
  auto document = Document::parse(std::move(text), "test.yml");
  EXPECT_TRUE(document) << document.error().text();
  return *std::move(document);
}

std::string error_of(std::string text) {
  const auto document = Document::parse(std::move(text), "test.yml");
  return document ? "ok" : document.error().text();
}

TEST(Yaml, ReportsSyntaxWithFileAndLine) {
  for (const TestCase& test : read_test_cases("yaml")) {
    const auto document = Document::parse(test.text, test.name);
    EXPECT_EQ(document ? "ok" : document.error().text(), test.expected);
  }
}

TEST(Yaml, ReadsTypedValues) {
  const Document document = parse("a: text\nb: yes\nc: -12\nd: 2.5\ne: [x, 2, true]\nf: 'no'\n");
  const Node root = document.root();
  EXPECT_EQ(root["a"].string(), "text");
  EXPECT_EQ(root["b"].boolean(false), true);
  EXPECT_EQ(root["c"].integer(0), -12);
  EXPECT_EQ(root["c"].string(), "-12");
  EXPECT_EQ(root["d"].number(0), 2.5);
  EXPECT_EQ(root["e"].strings(), (std::vector<std::string>{"x", "2", "true"}));
  EXPECT_EQ(root["f"].string(), "no");
}

TEST(Yaml, NullAndMissingKeysGiveTheFallback) {
  const Document document = parse("a:\nb: ~\nc: null\nd: ''\n");
  const Node root = document.root();
  for (const std::string_view key : {"a", "b", "c", "e"}) {
    EXPECT_FALSE(root[key].present()) << key;
    EXPECT_EQ(root[key].string("fallback"), "fallback");
    EXPECT_EQ(root[key].integer(7), 7);
    EXPECT_EQ(root[key].strings()->size(), 0U);
  }
  EXPECT_TRUE(root["d"].present());
  EXPECT_EQ(root["d"].string("fallback"), "");
  EXPECT_EQ(root["e"]["deeper"]["still"].number(1.5), 1.5);
}

TEST(Yaml, WrongTypesNameFileLineAndPath) {
  const Document document = parse("clusters:\n  - id: [1]\n    n: 1.5\n    b: 'true'\n    l: text\n");
  const Node cluster = document.root()["clusters"].elements().at(0);
  EXPECT_EQ(cluster["id"].string().error().text(), "test.yml:2: clusters[0].id: must be text, not a list");
  EXPECT_EQ(cluster["n"].integer(0).error().text(), "test.yml:3: clusters[0].n: must be a whole number");
  EXPECT_EQ(cluster["b"].boolean(false).error().text(), "test.yml:4: clusters[0].b: must be true or false");
  EXPECT_EQ(cluster["l"].strings().error().text(),
            "test.yml:5: clusters[0].l: must be a list, not a single value");
  EXPECT_EQ(document.root()["clusters"].check_map().error().text(),
            "test.yml:1: clusters: must be a mapping, not a list");
  EXPECT_EQ(cluster["missing"].error("is needed").error().text(),
            "test.yml:2: clusters[0].missing: is needed");
}

TEST(Yaml, QuotedTextIsNoNumber) {
  const Document document = parse("a: '1'\nb: !!str 2\nc: 99999999999999999999\nd: .nan\n");
  EXPECT_FALSE(document.root()["a"].integer(0));
  EXPECT_FALSE(document.root()["b"].integer(0));
  EXPECT_FALSE(document.root()["c"].integer(0));
  EXPECT_FALSE(document.root()["d"].number(0));
  EXPECT_EQ(document.root()["b"].string(), "2");
}

TEST(Yaml, ListsKeysThatNobodyAskedFor) {
  const Document document =
      parse("web:\n  url: x\n  lisen: y\nlabels: {a: 1}\nlist:\n  - id: 1\n    odd: 2\nzzz: 1\n");
  const Node root = document.root();
  (void)root["web"]["url"];
  (void)root["web"]["listen"];
  for (const auto& [key, value] : root["labels"].pairs())
    (void)value.string();
  for (const Node& element : root["list"].elements())
    (void)element["id"];
  EXPECT_EQ(
      document.unknown_keys(root),
      (std::vector<std::string>{"test.yml:3: web.lisen: unknown key, did you mean 'listen'?",
                                "test.yml:7: list[0].odd: unknown key", "test.yml:8: zzz: unknown key"}));
  EXPECT_EQ(document.unknown_keys(root["list"]).size(), 1U);
}

TEST(Yaml, PairsKeepTheOrderOfTheFile) {
  const Document document = parse("b: 1\na: 2\nc: 3\n");
  std::string keys;
  for (const auto& [key, value] : document.root().pairs())
    keys += key;
  EXPECT_EQ(keys, "bac");
}

TEST(Yaml, AliasesAndMergeKeysShareValues) {
  const Document document = parse(
      "base: &base {url: x, timeout: 5s}\none:\n  <<: *base\n  url: y\ntwo: *base\nthree: {<<: [*base, {z: "
      "1}]}\n");
  const Node root = document.root();
  EXPECT_EQ(root["one"]["url"].string(), "y");
  EXPECT_EQ(root["one"]["timeout"].string(), "5s");
  EXPECT_EQ(root["two"]["url"].string(), "x");
  EXPECT_EQ(root["three"]["z"].integer(0), 1);
  EXPECT_EQ(root["one"]["timeout"].line(), 1);
}

TEST(Yaml, AnEmptyFileIsAbsent) {
  for (const std::string_view text : {"", "\n\n", "# only a comment\n", "---\n", "~"}) {
    const Document document = parse(std::string(text));
    EXPECT_FALSE(document.root().present()) << text;
    EXPECT_FALSE(document.root()["a"]["b"].present());
    EXPECT_TRUE(document.unknown_keys(document.root()).empty());
  }
}

TEST(Yaml, ADefaultNodeIsAbsent) {
  const Node node;
  EXPECT_FALSE(node.present());
  EXPECT_EQ(node["a"]["deeper"].string("b"), "b");
  EXPECT_EQ(node.path(), "");
  EXPECT_EQ(node.error("no").error().text(), "no");
}

TEST(Yaml, BoundsDepth) {
  std::string fits = std::string(64, '[') + std::string(64, ']');
  EXPECT_EQ(error_of(fits), "ok");
  EXPECT_EQ(error_of("[" + fits + "]"), "test.yml:1: nested deeper than 64 levels");
  EXPECT_EQ(error_of(std::string(1 << 20, '[')), "test.yml:1: too many open brackets");
  EXPECT_EQ(error_of(std::string(1 << 20, '{')), "test.yml:1: too many open brackets");
}

TEST(Yaml, BoundsDepthThroughAliases) {
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 80; ++i)
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_EQ(error_of(text), "test.yml:63: nested deeper than 64 levels");
}

TEST(Yaml, BoundsWhatAliasesExpandTo) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias;
    for (int j = 0; j < 9; ++j)
      text += ", " + alias;
    text += "]\n";
  }
  EXPECT_EQ(error_of(text), "test.yml:5: aliases expand to more than 100000 values");
}

TEST(Yaml, BoundsSizeAndNumberOfValues) {
  EXPECT_EQ(error_of(std::string((4 << 20) + 1, '#')), "test.yml:1: larger than 4194304 bytes");
  std::string text = "[";
  for (int i = 0; i < 500'000; ++i)
    text += "1,";
  EXPECT_EQ(error_of(text + "]"), "test.yml:1: more than 500000 values");
}

TEST(Yaml, RefusesBytesThatAreNoText) {
  EXPECT_EQ(error_of("a: 1\nb: \xFF\n"), "test.yml:2: not UTF-8 text");
  EXPECT_EQ(error_of(std::string("a: \0\n", 5)), "test.yml:1: control character 0x00");
  // The parser would take this byte for the end of the file.
  EXPECT_EQ(error_of("a: 1\n\x04\nb: 2\n"), "test.yml:2: control character 0x04");
}

TEST(Yaml, LoadsAFileAndSaysWhyItCannot) {
  const std::string path = ::testing::TempDir() + "/config_yaml_test.yml";
  ASSERT_TRUE(base::write_file_atomically(path, "a: ${CEEMS_TEST_UNSET:-b}\n", 0600));
  EXPECT_EQ(Document::load(path)->root()["a"].string(), "${CEEMS_TEST_UNSET:-b}");
  EXPECT_EQ(Document::load(path, true)->root()["a"].string(), "b");
  EXPECT_EQ(Document::load("/nonexistent.yml").error().text(), "/nonexistent.yml: No such file or directory");
  EXPECT_EQ(Document::load("/").error().text(), "/: is a directory, not a file");
}

TEST(Environment, ExpandsNamesInBothForms) {
  ::setenv("CEEMS_TEST_A", "one", 1);
  ::setenv("CEEMS_TEST_EMPTY", "", 1);
  ::unsetenv("CEEMS_TEST_UNSET");
  EXPECT_EQ(expand_environment("<$CEEMS_TEST_A>"), "<one>");
  EXPECT_EQ(expand_environment("${CEEMS_TEST_A}two"), "onetwo");
  EXPECT_EQ(expand_environment("[$CEEMS_TEST_UNSET]"), "[]");
  EXPECT_EQ(expand_environment("${CEEMS_TEST_UNSET:-a:-b}"), "a:-b");
  EXPECT_EQ(expand_environment("${CEEMS_TEST_EMPTY:-x}"), "x");
  EXPECT_EQ(expand_environment("${CEEMS_TEST_A:-x}"), "one");
}

TEST(Environment, DoesNotExpandWhatItInserted) {
  ::setenv("CEEMS_TEST_B", "$CEEMS_TEST_A", 1);
  EXPECT_EQ(expand_environment("$CEEMS_TEST_B"), "$CEEMS_TEST_A");
}

TEST(Environment, KeepsAndDropsDollarsAsGoDoes) {
  ::setenv("CEEMS_TEST_A", "one", 1);
  EXPECT_EQ(expand_environment("$$CEEMS_TEST_A"), "$CEEMS_TEST_A");
  EXPECT_EQ(expand_environment("$$$CEEMS_TEST_A"), "$one");
  EXPECT_EQ(expand_environment("a$"), "a$");
  EXPECT_EQ(expand_environment("$ a $. $\n"), "$ a $. $\n");
  EXPECT_EQ(expand_environment("a${}b"), "ab");
  EXPECT_EQ(expand_environment("a${b"), "ab");
  EXPECT_EQ(expand_environment("$1abc"), "abc");
  EXPECT_EQ(expand_environment("$*-$@"), "-");
}

}  // namespace
}  // namespace ceems::config
