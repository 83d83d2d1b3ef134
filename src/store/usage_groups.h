// Rows of usage told apart: which owners make up one row, and the order of rows. For this room only.
#pragma once

#include "store/hash_index.h"
#include "store/model.h"
#include "store/owners.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ceems::store {

// Numbers groups of owners that agree in user, project and what else is grouped by.
class UsageGroups {
 public:
  explicit UsageGroups(const std::vector<UsageField>& group_by);

  // The group of that owner, whose text must live on; numbers are given in order.
  std::size_t group_of(std::string_view owner);
  std::size_t size() const { return first_.size(); }
  void reserve(std::size_t groups);

 private:
  bool same(std::string_view a, std::string_view b) const;

  std::array<bool, kOwnerTexts> by_{};
  std::vector<std::string_view> first_;  // owner of each group
  HashIndex known_;
};

// The order in which rows of these owners are shown, by cluster, user, project, manager and group: which
// comes first, second and so on.
std::vector<std::uint32_t> order_of(const std::vector<OwnerTexts>& owners);

}  // namespace ceems::store
