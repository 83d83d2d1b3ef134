// Puts a WHERE clause together from named parts. The text depends only on which parts are there, never on
// their values: lists are bound as one JSON text each, so that prepared statements are few. For this room
// only.
#pragma once

#include "store/model.h"
#include "store/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ceems::store {

// A JSON list for `in (select value from json_each(?))`.
std::string json_list(const std::vector<std::string>& values);
// A JSON list of pairs for `in (select value ->> 0, value ->> 1 from json_each(?))`.
std::string json_pairs(const std::vector<ProjectKey>& keys);
std::string json_pairs(const std::vector<Owner>& owners);

class Conditions {
 public:
  using Value = std::variant<std::string, std::int64_t>;

  // A condition with its values in order of its question marks.
  void add(std::string condition, std::vector<Value> values = {});
  // column in (values); nothing when there are none.
  void add_list(std::string_view column, const std::vector<std::string>& values);
  // (first, second) in (keys).
  void add_pairs(std::string_view first, std::string_view second, const std::vector<ProjectKey>& keys);

  // `column` in the union of what each of `alternatives` selects from `table`: every one of them can use an
  // index of its own, which terms joined by "or" cannot.
  void add_union(std::string_view column, std::string_view table,
                 const std::vector<Conditions>& alternatives);

  // " where a and b", or "".
  std::string where() const;
  // Binds the values from parameter `first` on; returns the number after the last.
  int bind(Statement& statement, int first = 1) const;

 private:
  std::vector<std::string> conditions_;
  std::vector<Value> values_;
};

}  // namespace ceems::store
