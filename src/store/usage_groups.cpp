#include "store/usage_groups.h"

#include <algorithm>
#include <functional>

namespace ceems::store {

UsageGroups::UsageGroups(const std::vector<UsageField>& group_by) {
  constexpr UsageField kFields[] = {UsageField::kClusterId, UsageField::kResourceManager,
                                    UsageField::kProject, UsageField::kGroupname, UsageField::kUsername};
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    by_[i] = kFields[i] == UsageField::kUsername || kFields[i] == UsageField::kProject ||
             std::ranges::find(group_by, kFields[i]) != group_by.end();
}

bool UsageGroups::same(std::string_view a, std::string_view b) const {
  const OwnerTexts of_a = split_owner(a);
  const OwnerTexts of_b = split_owner(b);
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    if (by_[i] && of_a[i] != of_b[i]) return false;
  return true;
}

std::size_t UsageGroups::group_of(std::string_view owner) {
  constexpr std::size_t kFactor = 31;
  const OwnerTexts texts = split_owner(owner);
  std::size_t hash = 0;
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    if (by_[i]) hash = hash * kFactor + std::hash<std::string_view>()(texts[i]);
  const auto next = static_cast<std::uint32_t>(first_.size());
  const std::uint32_t group =
      known_.find_or_add(hash, next, [&](std::uint32_t other) { return same(first_[other], owner); });
  if (group == next) first_.push_back(owner);
  return group;
}

void UsageGroups::reserve(std::size_t groups) {
  first_.reserve(groups);
  known_.reserve(groups);
}

bool comes_before(const OwnerTexts& a, const OwnerTexts& b) {
  for (const OwnerText which :
       {OwnerText::kCluster, OwnerText::kUser, OwnerText::kProject, OwnerText::kManager, OwnerText::kGroup}) {
    const int order = a[static_cast<std::size_t>(which)].compare(b[static_cast<std::size_t>(which)]);
    if (order != 0) return order < 0;
  }
  return false;
}

}  // namespace ceems::store
