#include "promql/visit.h"

#include "promql/parser.h"
#include "promql/printer.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

// One word a selector: "kind:selector/subqueries/joined".
std::vector<std::string> visited(const std::string& query) {
  auto parsed = parse(query);
  EXPECT_TRUE(parsed) << query;
  std::vector<std::string> found;
  const base::Status status = visit_selectors(**parsed, [&](const SelectorUse& use) -> base::Status {
    constexpr std::string_view kKinds[] = {"instant", "range", "info", "implicit"};
    found.push_back(fmt::format("{}:{}/{}/{}", kKinds[static_cast<std::size_t>(use.kind)],
                                use.selector != nullptr ? print(*use.selector) : "",
                                use.place.subqueries.size(), use.joined.size()));
    EXPECT_EQ(use.place.selector, use.selector);
    EXPECT_EQ(use.place.range != nullptr, use.kind == SelectorKind::kRange);
    return {};
  });
  EXPECT_TRUE(status);
  return found;
}

using Found = std::vector<std::string>;

TEST(VisitSelectors, FindsThemWhereverTheyStand) {
  EXPECT_EQ(visited("1 + time()"), Found{});
  EXPECT_EQ(visited("\"foo\""), Found{});
  EXPECT_EQ(visited("a"), Found{"instant:a/0/0"});
  EXPECT_EQ(visited("-(a) + b"), (Found{"instant:a/0/0", "instant:b/0/0"}));
  EXPECT_EQ(visited("rate(a[5m] offset 1m)"), Found{"range:a offset 1m/0/0"});
  EXPECT_EQ(visited("topk(scalar(a), b)"), (Found{"instant:a/0/0", "instant:b/0/0"}));
  EXPECT_EQ(visited("quantile by (x) (scalar(rate(a[5m])), b)"), (Found{"range:a/0/0", "instant:b/0/0"}));
  EXPECT_EQ(visited("clamp(a, scalar(b), scalar(c))"),
            (Found{"instant:a/0/0", "instant:b/0/0", "instant:c/0/0"}));
  EXPECT_EQ(visited("vector(scalar(a))"), Found{"instant:a/0/0"});
  EXPECT_EQ(visited("predict_linear(a[5m], scalar(b))"), (Found{"range:a/0/0", "instant:b/0/0"}));
  EXPECT_EQ(visited("absent(a{b=\"c\"})"), Found{"instant:a{b=\"c\"}/0/0"});
  EXPECT_EQ(visited("label_replace(a, \"b\", \"c\", \"d\", \"e\")"), Found{"instant:a/0/0"});
  EXPECT_EQ(visited("count_values(\"x\", a)"), Found{"instant:a/0/0"});
}

TEST(VisitSelectors, CountsTheSubqueriesAround) {
  EXPECT_EQ(visited("max_over_time(rate(a[5m])[1h:]) + b"), (Found{"range:a/1/0", "instant:b/0/0"}));
  EXPECT_EQ(visited("min_over_time((max_over_time(a[1h:]) / b)[1d:1h])"),
            (Found{"instant:a/2/0", "instant:b/1/0"}));
}

TEST(VisitSelectors, TellsWhatInfoReads) {
  EXPECT_EQ(visited("info(a, {b=\"c\"})"), (Found{"instant:a/0/0", "info:{b=\"c\"}/0/1"}));
  EXPECT_EQ(visited("info(a, {})"), (Found{"instant:a/0/0", "info:{}/0/1"}));
  EXPECT_EQ(visited("info(a + rate(b[5m]))"), (Found{"instant:a/0/0", "range:b/0/0", "implicit:/0/2"}));
  EXPECT_EQ(visited("max_over_time(info(a)[1h:])"), (Found{"instant:a/1/0", "implicit:/1/1"}));
  EXPECT_EQ(visited("info(info(a), {b=\"c\"})"),
            (Found{"instant:a/0/0", "implicit:/0/1", "info:{b=\"c\"}/0/2"}));
  EXPECT_EQ(visited("info(a) + info(b)"),
            (Found{"instant:a/0/0", "implicit:/0/1", "instant:b/0/0", "implicit:/0/1"}));
}

TEST(VisitSelectors, EndsWithTheFirstError) {
  auto parsed = parse("a + b + c").value();
  int seen = 0;
  const base::Status status = visit_selectors(*parsed, [&](const SelectorUse& use) -> base::Status {
    ++seen;
    if (use.selector->name == "b") return base::fail(base::ErrorCode::kPermission, "b", "not yours");
    return {};
  });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(), "b: not yours");
  EXPECT_EQ(seen, 2);
}

TEST(VisitSelectors, SaysWhereASelectorStands) {
  auto parsed = parse("sum( foo )").value();
  ASSERT_TRUE(visit_selectors(*parsed, [](const SelectorUse& use) -> base::Status {
    EXPECT_EQ(use.offset, 5U);
    return {};
  }));
}

}  // namespace
}  // namespace ceems::promql
