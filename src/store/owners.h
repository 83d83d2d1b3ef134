// Whose rows are: the columns by which usage is told apart. Not thread-safe. For this room only.
#pragma once

#include "base/result.h"
#include "store/hash_index.h"
#include "store/sqlite.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ceems::store {

class Conditions;

// Cluster, manager, project, group and user, in this order wherever they are texts in a row.
inline constexpr std::size_t kOwnerTexts = 5;
enum class OwnerText : std::uint8_t { kCluster, kManager, kProject, kGroup, kUser };
inline constexpr std::string_view kOwnerColumns =
    "cluster_id, resource_manager, project, groupname, username";

// The five columns of `row` from `column` on, as one text: comparing two compares cluster, manager and so on.
void read_owner(const Statement& row, int column, std::string& owner);
// One of the five.
std::string_view owner_text(std::string_view owner, OwnerText which);
// All of them, by OwnerText.
using OwnerTexts = std::array<std::string_view, kOwnerTexts>;
OwnerTexts split_owner(std::string_view owner);
// As read_owner() has them.
void join_owner(const OwnerTexts& texts, std::string& owner);

// Keeps many small texts where they are, also when it is moved.
class TextArena {
 public:
  std::string_view keep(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_ = 0;  // size of the last block
  std::size_t free_ = 0;   // at its end
};

// Numbers for owners in the table ceems_rollup_owners, given when they are first asked for. For one
// transaction.
class OwnerNumbers {
 public:
  explicit OwnerNumbers(Connection& connection) : connection_(connection) {}
  base::Result<std::int64_t> number_of(const std::string& owner);

 private:
  Connection& connection_;
  std::unordered_map<std::string, std::int64_t> known_;
};

// Those of the table that fulfil the conditions, and more that are seen in rows.
class OwnerList {
 public:
  struct Entry {
    std::string_view owner{};  // lives as long as the list
    std::int64_t number = 0;   // in the table; 0 if it is not there
    std::int64_t rows = 0;     // whatever the user counts
  };

  base::Status load(Connection& connection, const Conditions& conditions);
  // Places, which stay the same.
  std::size_t place_of(std::string_view owner);
  // Of an owner of the table; none() if he does not fulfil the conditions.
  std::size_t place_of(std::int64_t number) const;
  static constexpr std::size_t none() { return static_cast<std::size_t>(-1); }

  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  TextArena texts_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> by_number_;  // place + 1, 0 for none; numbers are dense
  HashIndex by_name_;                     // made when a row is first looked up
  bool named_ = false;
};

}  // namespace ceems::store
