#include "store/usage_groups.h"

#include <algorithm>
#include <functional>
#include <string>

namespace ceems::store {

namespace {

constexpr OwnerText kOrder[] = {OwnerText::kCluster, OwnerText::kUser, OwnerText::kProject,
                                OwnerText::kManager, OwnerText::kGroup};
constexpr std::size_t kWord = sizeof(std::uint64_t);

bool comes_before(const OwnerTexts& a, const OwnerTexts& b) {
  for (const OwnerText which : kOrder) {
    const int order = a[static_cast<std::size_t>(which)].compare(b[static_cast<std::size_t>(which)]);
    if (order != 0) return order < 0;
  }
  return false;
}

// At least the beginning of the texts in that order, filled up with zeros. Texts hold none (see owners.h), so
// one between two of them comes before all that could stand there.
void begin_of(const OwnerTexts& owner, std::string& text) {
  text.clear();
  for (const OwnerText which : kOrder) {
    if (text.size() >= 2 * kWord) return;
    text += owner[static_cast<std::size_t>(which)].substr(0, 2 * kWord);
    text += '\0';
  }
  if (text.size() < 2 * kWord) text.resize(2 * kWord);
}

// Compares as eight bytes do.
std::uint64_t number_of(std::string_view text, std::size_t from) {
  std::uint64_t number = 0;
  for (const char c : text.substr(from, kWord))
    number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

}  // namespace

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

std::vector<std::uint32_t> order_of(const std::vector<OwnerTexts>& owners) {
  // Most are told apart by the beginning of their texts.
  struct Place {
    std::uint64_t first;
    std::uint64_t second;
    std::uint32_t owner;
  };
  std::vector<Place> places;
  places.reserve(owners.size());
  std::string text;
  for (std::uint32_t i = 0; i < owners.size(); ++i) {
    begin_of(owners[i], text);
    places.push_back({.first = number_of(text, 0), .second = number_of(text, kWord), .owner = i});
  }
  std::ranges::sort(places, [&](const Place& a, const Place& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.second != b.second) return a.second < b.second;
    return comes_before(owners[a.owner], owners[b.owner]);
  });
  std::vector<std::uint32_t> order;
  order.reserve(places.size());
  for (const Place& place : places)
    order.push_back(place.owner);
  return order;
}

}  // namespace ceems::store
