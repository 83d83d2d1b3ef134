#include "lb/api_server_answer.h"

#include "access/intervals.h"

#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <unordered_set>
#include <utility>

#include <boost/json.hpp>

namespace ceems::lb {

namespace json = boost::json;

namespace {

std::unexpected<base::Error> misunderstood(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "", "the answer cannot be understood: {}", what);
}

base::Result<json::array> rows_of(std::string_view text) {
  json::error_code error;
  json::value answer;
  try {
    answer = json::parse(text, error);
  } catch (const std::exception&) {
    return misunderstood("it does not fit into memory");
  }
  if (error) return misunderstood("it is no JSON");
  json::object* const object = answer.if_object();
  json::value* const status = object == nullptr ? nullptr : object->if_contains("status");
  if (status == nullptr || *status != "success") return misunderstood("it does not tell of a success");
  json::value* const data = object->if_contains("data");
  if (data == nullptr || !data->is_array()) return misunderstood("there is no list");
  return std::move(data->get_array());
}

std::optional<std::string_view> text_of(const json::value& row, std::string_view key) {
  const json::object* const object = row.if_object();
  const json::value* const value = object == nullptr ? nullptr : object->if_contains(key);
  const json::string* const text = value == nullptr ? nullptr : value->if_string();
  if (text == nullptr) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

std::optional<std::int64_t> time_of(const json::value& value, std::int64_t unbounded) {
  if (value.is_null()) return unbounded;
  const std::int64_t* const number = value.if_int64();
  return number == nullptr ? std::nullopt : std::optional(*number);
}

// Nothing where one of them is none.
std::optional<std::vector<store::TimeRange>> ranges_of(const json::object& row, std::string_view key) {
  const json::value* const value = row.if_contains(key);
  const json::array* const list = value == nullptr ? nullptr : value->if_array();
  if (list == nullptr) return std::nullopt;
  std::vector<store::TimeRange> ranges;
  for (const json::value& item : *list) {
    const json::array* const pair = item.if_array();
    if (pair == nullptr || pair->size() != 2) return std::nullopt;
    const auto from = time_of((*pair)[0], std::numeric_limits<std::int64_t>::min());
    const auto to = time_of((*pair)[1], std::numeric_limits<std::int64_t>::max());
    if (!from || !to || *to < *from) return std::nullopt;
    ranges.push_back({*from, *to});
  }
  return ranges;
}

}  // namespace

base::Result<std::vector<access::Claim>> parse_claims(std::string_view text) {
  CEEMS_TRY(const json::array rows, rows_of(text));
  std::vector<access::Claim> claims;
  std::unordered_set<std::string_view> ids;
  claims.reserve(rows.size());
  for (const json::value& row : rows) {
    const auto uuid = text_of(row, "uuid");
    if (!uuid || uuid->empty()) return misunderstood("a row has no id");
    if (!ids.insert(*uuid).second) return misunderstood("an id comes twice");
    const json::object& object = row.get_object();
    const json::value* const owned = object.if_contains("owned");
    if (owned == nullptr || !owned->is_bool())
      return misunderstood("a row does not tell whether it is owned");
    auto nobody_else = ranges_of(object, "nobody_else");
    if (!nobody_else) return misunderstood("a row does not tell when nobody else had its id");
    claims.push_back({.uuid = std::string(*uuid),
                      .owned = owned->get_bool(),
                      .foreign = access::complement(*std::move(nobody_else))});
  }
  return claims;
}

base::Result<std::vector<std::string>> parse_texts(std::string_view text, std::string_view key) {
  CEEMS_TRY(const json::array rows, rows_of(text));
  std::vector<std::string> texts;
  texts.reserve(rows.size());
  for (const json::value& row : rows) {
    const auto found = text_of(row, key);
    if (!found) return misunderstood("a row lacks what was asked for");
    texts.emplace_back(*found);
  }
  return texts;
}

}  // namespace ceems::lb
