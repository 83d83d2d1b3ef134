#include "store/usage_groups.h"

#include <algorithm>
#include <functional>

namespace ceems::store {

UsageGroups::UsageGroups(const std::vector<UsageField>& group_by) : known_(0, Hash{this}, Equal{this}) {
  constexpr UsageField kFields[] = {UsageField::kClusterId, UsageField::kResourceManager,
                                    UsageField::kProject, UsageField::kGroupname, UsageField::kUsername};
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    by_[i] = kFields[i] == UsageField::kUsername || kFields[i] == UsageField::kProject ||
             std::ranges::find(group_by, kFields[i]) != group_by.end();
}

std::size_t UsageGroups::Hash::operator()(std::uint32_t group) const {
  constexpr std::size_t kFactor = 31;
  std::size_t hash = 0;
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    if (groups->by_[i]) hash = hash * kFactor + std::hash<std::string_view>()(groups->first_[group][i]);
  return hash;
}

bool UsageGroups::Equal::operator()(std::uint32_t a, std::uint32_t b) const {
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    if (groups->by_[i] && groups->first_[a][i] != groups->first_[b][i]) return false;
  return true;
}

std::size_t UsageGroups::group_of(std::string_view owner) {
  const auto next = static_cast<std::uint32_t>(first_.size());
  first_.push_back(split_owner(owner));
  const auto [at, is_new] = known_.insert(next);
  if (!is_new) first_.pop_back();
  return *at;
}

void UsageGroups::reserve(std::size_t groups) {
  first_.reserve(groups + 1);
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
