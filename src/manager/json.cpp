#include "manager/json.h"

#include "base/text.h"

#include <cmath>
#include <cstddef>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>

namespace ceems::manager {

namespace {

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxKept = std::size_t{64} << 10;

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

}  // namespace

base::Result<json::value> parse_json(std::string_view text, std::string_view subject) {
  if (base::trim(text).starts_with('<'))
    return base::fail(base::ErrorCode::kInvalid, subject, "the answer is a web page and not JSON");
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error)
    return base::fail(base::ErrorCode::kInvalid, subject, "the answer is not valid JSON: {}",
                      error.message());
  return value;
}

const json::value* member(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
}

const json::object* object_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found == nullptr ? nullptr : found->if_object();
}

const json::array* array_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found == nullptr ? nullptr : found->if_array();
}

std::string text_in(const json::value& value) {
  return value.is_string() ? std::string(view(value.get_string())) : std::string();
}

std::string text_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found == nullptr ? std::string() : text_in(*found);
}

std::optional<double> number_in(const json::value& value) {
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  std::optional<double> number;
  if (value.is_double()) number = value.get_double();
  if (value.is_string()) number = base::parse_double(base::trim(view(value.get_string())));
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::int64_t> integer_in(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_string())
    if (const auto whole = base::parse_i64(base::trim(view(value.get_string())))) return whole;
  constexpr double kBeyond = 9.2e18;
  const auto number = number_in(value);
  if (!number || std::abs(*number) > kBeyond) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<std::int64_t> integer_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found == nullptr ? std::nullopt : integer_in(*found);
}

std::optional<double> number_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  return found == nullptr ? std::nullopt : number_in(*found);
}

std::string json_text(const json::value& value, std::string_view instead) {
  std::string text = json::serialize(value);
  return text.size() <= kMaxKept ? text : std::string(instead);
}

}  // namespace ceems::manager
