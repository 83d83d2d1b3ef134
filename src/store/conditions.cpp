#include "store/conditions.h"

#include "store/json_scan.h"

#include <fmt/format.h>

namespace ceems::store {

namespace {

template <class Pair, class Second>
std::string pairs_text(const std::vector<Pair>& pairs, Second second) {
  std::string out = "[";
  for (const Pair& pair : pairs) {
    if (out.size() > 1) out += ',';
    out += '[';
    append_json_string(out, pair.cluster_id);
    out += ',';
    append_json_string(out, pair.*second);
    out += ']';
  }
  out += ']';
  return out;
}

}  // namespace

std::string json_list(const std::vector<std::string>& values) {
  return to_json(values);
}
std::string json_pairs(const std::vector<ProjectKey>& keys) {
  return pairs_text(keys, &ProjectKey::project);
}
std::string json_pairs(const std::vector<Owner>& owners) {
  return pairs_text(owners, &Owner::username);
}

void Conditions::add(std::string condition, std::vector<Value> values) {
  conditions_.push_back(std::move(condition));
  for (Value& value : values)
    values_.push_back(std::move(value));
}

void Conditions::add_list(std::string_view column, const std::vector<std::string>& values) {
  if (values.empty()) return;
  add(fmt::format("{} in (select value from json_each(?))", column), {json_list(values)});
}

void Conditions::add_pairs(std::string_view first, std::string_view second,
                           const std::vector<ProjectKey>& keys) {
  add(fmt::format("({}, {}) in (select value ->> 0, value ->> 1 from json_each(?))", first, second),
      {json_pairs(keys)});
}

void Conditions::add_union(std::string_view column, std::string_view table,
                           const std::vector<Conditions>& alternatives) {
  std::string selects;
  std::vector<Value> values;
  for (const Conditions& alternative : alternatives) {
    if (!selects.empty()) selects += " union all ";
    selects += fmt::format("select {} from {}{}", column, table, alternative.where());
    values.insert(values.end(), alternative.values_.begin(), alternative.values_.end());
  }
  add(fmt::format("{} in ({})", column, selects), std::move(values));
}

std::string Conditions::where() const {
  std::string out;
  for (const std::string& condition : conditions_) {
    out += out.empty() ? " where " : " and ";
    out += condition;
  }
  return out;
}

int Conditions::bind(Statement& statement, int first) const {
  for (const Value& value : values_) {
    std::visit([&](const auto& v) { statement.bind(first, v); }, value);
    ++first;
  }
  return first;
}

}  // namespace ceems::store
