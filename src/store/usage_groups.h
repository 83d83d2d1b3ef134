// Rows of usage told apart: which owners make up one row, and the order of rows. For this room only.
#pragma once

#include "store/model.h"
#include "store/owners.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace ceems::store {

// Numbers groups of owners that agree in user, project and what else is grouped by. Not to be moved.
class UsageGroups {
 public:
  explicit UsageGroups(const std::vector<UsageField>& group_by);
  UsageGroups(const UsageGroups&) = delete;
  UsageGroups& operator=(const UsageGroups&) = delete;

  // The group of that owner, whose text must live on; numbers are given in order.
  std::size_t group_of(std::string_view owner);
  std::size_t size() const { return first_.size(); }
  void reserve(std::size_t groups);

 private:
  struct Hash {
    const UsageGroups* groups;
    std::size_t operator()(std::uint32_t group) const;
  };
  struct Equal {
    const UsageGroups* groups;
    bool operator()(std::uint32_t a, std::uint32_t b) const;
  };

  std::array<bool, kOwnerTexts> by_{};
  std::vector<OwnerTexts> first_;  // owner of each group
  std::unordered_set<std::uint32_t, Hash, Equal> known_;
};

// Whether a row of one owner comes before that of another: by cluster, user, project, manager and group.
bool comes_before(const OwnerTexts& a, const OwnerTexts& b);

}  // namespace ceems::store
