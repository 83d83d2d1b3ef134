// tests/data/access/guard.txt: a small world, and what becomes of selectors in it.
#include "access/guard.h"

#include "base/file.h"
#include "base/text.h"
#include "promql/parser.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::access {
namespace {

using Words = std::vector<std::string>;

struct WorldUnit {
  std::string cluster;
  std::string uuid;
  std::string owner;  // whoever may see it
  store::TimeRange time;
};

class World final : public Claims {
 public:
  base::Result<bool> is_admin(const std::string& /*user*/) override { return false; }

  base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& cluster,
                                          const Words& uuids) override {
    std::vector<Claim> claims;
    for (const std::string& uuid : uuids) {
      Claim& claim = claims.emplace_back();
      claim.uuid = uuid;
      for (const WorldUnit& unit : units) {
        if (unit.cluster != cluster || unit.uuid != uuid) continue;
        if (unit.owner == user)
          claim.owned = true;
        else
          claim.foreign.push_back(unit.time);
      }
    }
    return claims;
  }

  base::Result<ClaimList> in_window(const std::string& user, const std::string& cluster,
                                    const store::TimeRange& window, std::size_t limit) override {
    std::set<std::string> ids;
    for (const WorldUnit& unit : units)
      if (unit.cluster == cluster && unit.owner == user && unit.time.from_ms <= window.to_ms &&
          unit.time.to_ms >= window.from_ms)
        ids.insert(unit.uuid);
    if (ids.size() > limit) return base::fail(base::ErrorCode::kTooLarge, "", "more than {} units", limit);
    CEEMS_TRY(auto claims, of_ids(user, cluster, Words(ids.begin(), ids.end())));
    return std::make_shared<const std::vector<Claim>>(std::move(claims));
  }

  std::vector<WorldUnit> units;
};

std::string print(const promql::VectorSelector& selector) {
  Words matchers;
  for (const promql::Matcher& matcher : selector.matchers)
    matchers.push_back(
        fmt::format("{}{}'{}'", matcher.name(), promql::match_operator(matcher.type()), matcher.value()));
  return fmt::format("{}{{{}}}", selector.name, fmt::join(matchers, ","));
}

std::int64_t time_of(std::string_view text) {
  if (text == "now") return std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(base::parse_u64(text).value_or(0));
}

// "3-now"
store::TimeRange window_of(const std::string& text) {
  const auto dash = text.find('-');
  return {time_of(std::string_view(text).substr(0, dash)), time_of(std::string_view(text).substr(dash + 1))};
}

TEST(Guard, NarrowsSelectors) {
  const std::string path = std::string(CEEMS_TEST_DATA) + "/guard.txt";
  const auto text = base::read_file(path);
  ASSERT_TRUE(text) << text.error().text();
  World world;
  GuardOptions options{.unitless_metrics = {"up", "ceems_emissions_gCo2_kWh"}, .max_units = 5};
  const Words clusters{"hpc", "cloud", "far"};
  const Words neighbours{"hpc", "cloud"};
  Words asked;  // user, cluster, window, selector
  int line_number = 0;
  int cases = 0;
  for (const std::string_view raw : base::split(*text, '\n')) {
    ++line_number;
    const std::string line(base::trim(raw));
    if (line.empty() || line.starts_with('#')) continue;
    SCOPED_TRACE(fmt::format("guard.txt:{}: {}", line_number, line));
    std::string_view rest = line;
    if (line.starts_with("=>")) {
      ASSERT_EQ(asked.size(), 4U);
      auto selector = promql::parse_selector(asked[3]);
      ASSERT_TRUE(selector) << selector.error().text();
      const Reader reader{
          .user = asked[0], .cluster_id = asked[1], .clusters = clusters, .neighbours = neighbours};
      const auto status =
          Guard(world, options, reader).narrow(*selector, window_of(asked[2]), window_of(asked[2]));
      const std::string result = status ? print(*selector)
                                 : status.error().code == base::ErrorCode::kPermission
                                     ? "forbidden"
                                     : status.error().message;
      EXPECT_EQ(result, base::trim(rest.substr(2)));
      ++cases;
      continue;
    }
    Words words;
    for (std::string_view word; words.size() < 5 && base::next_word(rest, word);) {
      words.emplace_back(word);
      if (words.size() == 4 && words[0] == "ask") break;
    }
    if (words[0] == "unit") {
      std::string_view owner;
      ASSERT_TRUE(words.size() == 5) << line;
      owner = words[3];
      world.units.push_back({words[1], words[2], std::string(owner), window_of(words[4])});
    } else {
      asked = {words[1], words[2], words[3], std::string(base::trim(rest))};
    }
  }
  EXPECT_GT(cases, 30);
}

TEST(Guard, LeavesOutUnitsThatNoSeriesCanName) {
  World world;
  world.units = {{"hpc", "bad\xff", "ann", {0, 9}}, {"hpc", "4", "ann", {0, 9}}};
  const Words clusters{"hpc"};
  auto selector = promql::parse_selector("watts");
  ASSERT_TRUE(selector);
  const Reader reader{.user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  const auto status = Guard(world, {}, reader).narrow(*selector, {0, 9}, {0, 9});
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(print(*selector), "watts{uuid=~'4',ceems_id=~'hpc|'}");
}

TEST(Guard, NothingIsNothingInThePatternsOfRegularExpressions) {
  World world;
  const GuardOptions options;
  const Words clusters{"hpc"};
  const Reader reader{.user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  const auto selector = Guard(world, options, reader).everything({0, 1}, {0, 1});
  ASSERT_TRUE(selector);
  const promql::Matcher& matcher = selector->matchers.front();
  EXPECT_FALSE(matcher.matches_empty());
  for (const std::string_view value : {"", "a", "\n", "\xff", "ü", "|", "0"})
    EXPECT_FALSE(matcher.matches(value)) << value;
}

}  // namespace
}  // namespace ceems::access
