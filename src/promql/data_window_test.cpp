#include "promql/data_window.h"

#include "promql/parser.h"
#include "promql/test_cases.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::promql {
namespace {

using std::chrono::milliseconds;

constexpr QueryTimes kTimes{milliseconds(1'000'000'000), milliseconds(1'003'600'000), milliseconds(60'000)};
constexpr milliseconds kLookBack{300'000};

base::Result<DataWindow> window_of(const std::string& query, const QueryTimes& times = kTimes) {
  CEEMS_TRY(const ExpressionPtr parsed, parse(query));
  std::optional<DataWindow> all;
  CEEMS_TRY_VOID(visit_selectors(*parsed, [&](const SelectorUse& use) -> base::Status {
    CEEMS_TRY(const DataWindow window, data_window(use, times, kLookBack));
    all = all ? DataWindow{std::min(all->from, window.from), std::max(all->to, window.to)} : window;
    return {};
  }));
  return all.value();
}

TEST(DataWindow, HoldsAllThatASelectorReads) {
  const std::string text = base::read_file(base::join_path(CEEMS_TEST_DATA, "windows.txt")).value();
  std::string_view rest = text;
  std::string_view line;
  std::string query;
  const auto seconds = [](std::string_view word) {
    return milliseconds(std::llround(base::parse_double(word).value() * 1000));
  };
  while (base::next_line(rest, line)) {
    if (line.empty() || line.front() == '#') continue;
    if (line.front() != '=') {
      query = line;
      continue;
    }
    line.remove_prefix(1);
    std::string_view from;
    std::string_view to;
    ASSERT_TRUE(base::next_word(line, from) && base::next_word(line, to));
    const auto window = window_of(query);
    ASSERT_TRUE(window) << query << ": " << window.error().text();
    EXPECT_EQ(window->from, seconds(from)) << query;
    EXPECT_EQ(window->to, seconds(to)) << query;
  }
}

TEST(DataWindow, IsOneLookBackForAnInstantQuery) {
  const QueryTimes now{milliseconds(5'000), milliseconds(5'000), {}};
  EXPECT_EQ(window_of("a", now), (DataWindow{milliseconds(-295'000), milliseconds(5'000)}));
}

TEST(DataWindow, RefusesDurationsThatServersRefuse) {
  const QueryTimes now{milliseconds(5'000), milliseconds(5'000), {}};
  for (const std::string query :
       {"a[step()]", "a[range()]", "a[5m:step()]", "a[1m / step()]", "a[1m % range()]"}) {
    EXPECT_FALSE(window_of(query, now)) << query;
  }
  EXPECT_TRUE(window_of("a offset step()", now));
  for (const std::string query : {"a[5m - 10m]", "a[5m - 5m]", "a[1m / 0]", "a[1m % (5 - 5)]", "a[10 ^ 100]",
                                  "a[(-1) ^ 0.5]", "a offset (10 ^ 100)", "a offset (1 / 0)",
                                  "max_over_time(a[5m:1m - 2m])", "a[min_of(5m, (-1) ^ 0.5)]"}) {
    EXPECT_FALSE(window_of(query)) << query;
  }
}

TEST(DataWindow, DoesNotWrapAround) {
  const auto most = std::numeric_limits<std::int64_t>::max();
  const QueryTimes far{milliseconds(most - 5), milliseconds(most), milliseconds(1)};
  EXPECT_EQ(window_of("a offset -100y", far), (DataWindow{milliseconds(most - 300'000), milliseconds(most)}));
  const QueryTimes past{milliseconds(-most), milliseconds(-most), {}};
  EXPECT_EQ(window_of("a[100y]", past),
            (DataWindow{milliseconds(std::numeric_limits<std::int64_t>::min()), milliseconds(-most)}));
}

}  // namespace
}  // namespace ceems::promql
