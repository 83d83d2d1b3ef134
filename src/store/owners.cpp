#include "store/owners.h"

#include "store/conditions.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// Numbers beyond are not ours: the table gives them one by one.
constexpr std::int64_t kMostOwners = 1 << 28;

}  // namespace

void join_owner(const OwnerTexts& texts, std::string& owner) {
  owner.clear();
  for (std::size_t i = 0; i < kOwnerTexts; ++i) {
    if (i > 0) owner += '\0';
    if (texts[i].find('\0') == std::string_view::npos) {
      owner += texts[i];
    } else {
      std::ranges::copy_if(texts[i], std::back_inserter(owner), [](char c) { return c != '\0'; });
    }
  }
}

void read_owner(const Statement& row, int column, std::string& owner) {
  OwnerTexts texts;
  for (std::size_t i = 0; i < kOwnerTexts; ++i)
    texts[i] = row.text(column + static_cast<int>(i));
  join_owner(texts, owner);
}

std::string_view owner_text(std::string_view owner, OwnerText which) {
  for (auto i = static_cast<std::size_t>(which); i > 0; --i)
    owner.remove_prefix(owner.find('\0') + 1);
  return owner.substr(0, owner.find('\0'));
}

OwnerTexts split_owner(std::string_view owner) {
  OwnerTexts texts;
  for (std::string_view& text : texts) {
    const std::size_t end = std::min(owner.find('\0'), owner.size());
    text = owner.substr(0, end);
    owner.remove_prefix(std::min(end + 1, owner.size()));
  }
  return texts;
}

std::string_view TextArena::keep(std::string_view text) {
  constexpr std::size_t kBlock = 16'384;
  if (text.empty()) return {};
  if (text.size() > free_) {
    const std::size_t size = std::max(kBlock, text.size());
    blocks_.push_back(std::make_unique<char[]>(size));
    free_ = size;
    block_ = size;
  }
  char* const place = blocks_.back().get() + (block_ - free_);
  std::memcpy(place, text.data(), text.size());
  free_ -= text.size();
  return {place, text.size()};
}

base::Result<std::int64_t> OwnerNumbers::number_of(const std::string& owner) {
  const auto [at, is_new] = known_.try_emplace(owner, 0);
  if (!is_new) return at->second;
  const auto bind = [&](Statement& statement) {
    for (std::size_t i = 0; i < kOwnerTexts; ++i)
      statement.bind(static_cast<int>(i) + 1, owner_text(owner, static_cast<OwnerText>(i)));
  };
  {
    CEEMS_TRY(Statement statement,
              connection_.prepare(
                  "select id from ceems_rollup_owners where cluster_id = ? and resource_manager = ? "
                  "and project = ? and groupname = ? and username = ?"));
    bind(statement);
    CEEMS_TRY(const bool row, statement.step());
    if (row) return at->second = statement.integer(0);
  }
  CEEMS_TRY(Statement statement,
            connection_.prepare(fmt::format(
                "insert into ceems_rollup_owners ({}) values (?, ?, ?, ?, ?) returning id", kOwnerColumns)));
  bind(statement);
  CEEMS_TRY(const bool row, statement.step());
  const std::int64_t number = row ? statement.integer(0) : 0;
  CEEMS_TRY_VOID(statement.run());
  return known_[owner] = number;
}

base::Status OwnerList::load(Connection& connection, const Conditions& conditions) {
  CEEMS_TRY(Statement statement, connection.prepare(fmt::format("select id, {} from ceems_rollup_owners{}",
                                                                kOwnerColumns, conditions.where())));
  conditions.bind(statement);
  std::string owner;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) return {};
    const std::int64_t number = statement.integer(0);
    if (number <= 0 || number >= kMostOwners) continue;
    Entry& entry = entries_.emplace_back();
    entry.number = number;
    read_owner(statement, 1, owner);
    entry.owner = texts_.keep(owner);
    const auto index = static_cast<std::size_t>(number);
    if (index >= by_number_.size()) by_number_.resize(index + 1);
    by_number_[index] = static_cast<std::uint32_t>(entries_.size());
  }
}

std::size_t OwnerList::place_of(std::int64_t number) const {
  if (number <= 0 || static_cast<std::size_t>(number) >= by_number_.size()) return none();
  const std::uint32_t place = by_number_[static_cast<std::size_t>(number)];
  return place == 0 ? none() : place - 1;
}

std::size_t OwnerList::place_of(std::string_view owner) {
  const auto look_up = [this](std::string_view name, std::size_t next) {
    return by_name_.find_or_add(std::hash<std::string_view>()(name), static_cast<std::uint32_t>(next),
                                [&](std::uint32_t place) { return entries_[place].owner == name; });
  };
  if (!named_) {
    named_ = true;
    by_name_.reserve(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i)
      look_up(entries_[i].owner, i);
  }
  const std::size_t place = look_up(owner, entries_.size());
  if (place == entries_.size()) entries_.push_back({.owner = texts_.keep(owner)});
  return place;
}

}  // namespace ceems::store
