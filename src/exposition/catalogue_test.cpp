#include "exposition/catalogue.h"

#include <array>

#include <gtest/gtest.h>

namespace ceems::exposition {
namespace {

constexpr Family kGood{"good_total", MetricType::kCounter, "Counts this | that.", "a,b"};

std::string problem(const Family& family) {
  Catalogue catalogue;
  catalogue.add("one", std::array{kGood});
  catalogue.add("two", std::array{family});
  const base::Status status = catalogue.check();
  return status ? "" : status.error().text();
}

TEST(CatalogueTest, AcceptsAFamilyDeclaredTwiceInTheSameWay) {
  EXPECT_EQ(problem(kGood), "");
}

TEST(CatalogueTest, FindsContradictions) {
  const std::string expected = "good_total: declared twice in different ways";
  EXPECT_EQ(problem({"good_total", MetricType::kGauge, kGood.help, "a,b"}), expected);
  EXPECT_EQ(problem({"good_total", MetricType::kCounter, "Other.", "a,b"}), expected);
  EXPECT_EQ(problem({"good_total", MetricType::kCounter, kGood.help, "a"}), expected);
}

TEST(CatalogueTest, FindsMalformedDeclarations) {
  EXPECT_EQ(problem({"9lives", MetricType::kGauge, "Help.", ""}), "9lives: not a metric name");
  EXPECT_EQ(problem({"lives", MetricType::kGauge, "", ""}), "lives: help must be one line of text");
  EXPECT_EQ(problem({"lives", MetricType::kGauge, "Two\nlines.", ""}),
            "lives: help must be one line of text");
  EXPECT_EQ(problem({"lives", MetricType::kGauge, "Help.", "b,a"}),
            "lives: label names must be sorted and distinct");
  EXPECT_EQ(problem({"lives", MetricType::kGauge, "Help.", "a,a"}),
            "lives: label names must be sorted and distinct");
}

TEST(CatalogueTest, PrintsOneTablePerSource) {
  Catalogue catalogue;
  catalogue.add("one", std::array{kGood});
  catalogue.add("two", std::array{Family{"bare", MetricType::kUntyped, "Bare.", ""}});
  EXPECT_EQ(catalogue.markdown(),
            "### `one`\n\n| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n"
            "| `good_total` | counter | `a`, `b` | Counts this \\| that. |\n"
            "\n### `two`\n\n| Metric | Type | Labels | Meaning |\n| --- | --- | --- | --- |\n"
            "| `bare` | untyped |  | Bare. |\n");
}

}  // namespace
}  // namespace ceems::exposition
