#include "store/usage_groups.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::store {
namespace {

// Owners as read_owner() has them. Many agree in all but the end of a text, in texts of any length.
std::vector<std::string> random_owners(std::size_t count) {
  std::mt19937 random(7);
  const std::string texts[] = {"",
                               "a",
                               "ab",
                               "hpc",
                               "user0001",
                               "\xC3\xA9",
                               "user0002",
                               "user0001-long",
                               "a longer name",
                               "a longer name than others"};
  std::vector<std::string> owners(count);
  for (std::string& owner : owners) {
    OwnerTexts of;
    for (std::string_view& text : of)
      text = texts[random() % std::size(texts)];
    join_owner(of, owner);
  }
  return owners;
}

auto shown_first(const OwnerTexts& owner) {
  const auto text = [&](OwnerText which) { return std::string(owner[static_cast<std::size_t>(which)]); };
  return std::tuple(text(OwnerText::kCluster), text(OwnerText::kUser), text(OwnerText::kProject),
                    text(OwnerText::kManager), text(OwnerText::kGroup));
}

TEST(UsageGroups, AreShownByClusterUserProjectManagerAndGroup) {
  std::vector<std::string> owners = random_owners(5'000);
  std::ranges::sort(owners);
  const auto [from, to] = std::ranges::unique(owners);
  owners.erase(from, to);
  std::ranges::shuffle(owners, std::mt19937(7));
  std::vector<OwnerTexts> texts;
  for (const std::string& owner : owners)
    texts.push_back(split_owner(owner));
  const std::vector<std::uint32_t> order = order_of(texts);
  ASSERT_EQ(order.size(), texts.size());
  for (std::size_t i = 1; i < order.size(); ++i)
    EXPECT_LT(shown_first(texts[order[i - 1]]), shown_first(texts[order[i]]));
  EXPECT_TRUE(order_of({}).empty());
}

class Grouping : public testing::TestWithParam<std::vector<UsageField>> {};

TEST_P(Grouping, PutsTogetherWhoAgreesInWhatIsGroupedBy) {
  const auto by = [](UsageField field) { return std::ranges::find(GetParam(), field) != GetParam().end(); };
  const auto key = [&](const std::string& owner) {
    const OwnerTexts text = split_owner(owner);
    const auto shown = [&](UsageField field, OwnerText which) {
      return by(field) ? std::string(text[static_cast<std::size_t>(which)]) : std::string();
    };
    return std::tuple(std::string(text[static_cast<std::size_t>(OwnerText::kUser)]),
                      std::string(text[static_cast<std::size_t>(OwnerText::kProject)]),
                      shown(UsageField::kClusterId, OwnerText::kCluster),
                      shown(UsageField::kResourceManager, OwnerText::kManager),
                      shown(UsageField::kGroupname, OwnerText::kGroup));
  };
  const std::vector<std::string> owners = random_owners(3'000);
  UsageGroups groups(GetParam());
  std::vector<decltype(key(""))> known;
  for (const std::string& owner : owners) {
    const auto expected = static_cast<std::size_t>(std::ranges::find(known, key(owner)) - known.begin());
    EXPECT_EQ(groups.group_of(owner), expected);
    if (expected == known.size()) known.push_back(key(owner));
  }
  EXPECT_EQ(groups.size(), known.size());
}

INSTANTIATE_TEST_SUITE_P(Fields, Grouping,
                         testing::Values(std::vector<UsageField>{}, std::vector{UsageField::kClusterId},
                                         std::vector{UsageField::kResourceManager, UsageField::kGroupname}));

}  // namespace
}  // namespace ceems::store
