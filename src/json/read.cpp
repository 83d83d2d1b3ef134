#include "json/read.h"

#include "base/text.h"

#include <cmath>
#include <cstddef>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <fmt/ranges.h>

namespace ceems::json {

namespace {

using base::ErrorCode;

constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxBytes = std::size_t{1} << 30;
constexpr std::size_t kMaxKept = std::size_t{64} << 10;

}  // namespace

std::string_view view(const string& text) {
  return {text.data(), text.size()};
}

base::Result<value> parse(std::string_view text, std::string_view subject, boost::json::storage_ptr storage) {
  if (text.size() > kMaxBytes)
    return base::fail(ErrorCode::kTooLarge, subject, "the answer is larger than {} bytes", kMaxBytes);
  if (base::trim(text).starts_with('<'))
    return base::fail(ErrorCode::kInvalid, subject, "the answer is a web page and not JSON");
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  value tree = boost::json::parse({text.data(), text.size()}, error, std::move(storage), options);
  if (error)
    return base::fail(ErrorCode::kInvalid, subject, "the answer is not valid JSON: {}", error.message());
  return tree;
}

const value* member(const value& in, std::string_view name) {
  const object* const members = in.if_object();
  return members == nullptr ? nullptr : members->if_contains({name.data(), name.size()});
}

const value* at(const value& in, std::initializer_list<std::string_view> path) {
  const value* here = &in;
  for (const std::string_view name : path)
    if (here != nullptr) here = member(*here, name);
  return here;
}

const object* object_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr ? nullptr : found->if_object();
}

const array* array_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr ? nullptr : found->if_array();
}

std::optional<std::string_view> find_text(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  const string* const text = found == nullptr ? nullptr : found->if_string();
  return text == nullptr ? std::nullopt : std::optional(view(*text));
}

std::string text_member(const value& in, std::string_view name) {
  return std::string(find_text(in, name).value_or(""));
}

std::optional<double> number_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr || !found->is_number() ? std::nullopt : std::optional(found->to_number<double>());
}

std::optional<std::int64_t> integer_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr || !found->is_int64() ? std::nullopt : std::optional(found->get_int64());
}

std::optional<bool> bool_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr || !found->is_bool() ? std::nullopt : std::optional(found->get_bool());
}

std::optional<double> loose_number_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr ? std::nullopt : loose_number(*found);
}

std::optional<std::int64_t> loose_integer_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  return found == nullptr ? std::nullopt : loose_integer(*found);
}

std::string loose_text_member(const value& in, std::string_view name) {
  const value* const found = member(in, name);
  if (found == nullptr) return {};
  if (found->is_int64()) return fmt::format("{}", found->get_int64());
  if (found->is_uint64()) return fmt::format("{}", found->get_uint64());
  return text_of(*found);
}

std::string text_of(const value& is) {
  return is.is_string() ? std::string(view(is.get_string())) : std::string();
}

std::optional<double> loose_number(const value& is) {
  if (is.is_int64()) return static_cast<double>(is.get_int64());
  if (is.is_uint64()) return static_cast<double>(is.get_uint64());
  std::optional<double> number;
  if (is.is_double()) number = is.get_double();
  if (is.is_string()) number = base::parse_double(base::trim(view(is.get_string())));
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::int64_t> loose_integer(const value& is) {
  if (is.is_int64()) return is.get_int64();
  if (is.is_string())
    if (const auto whole = base::parse_i64(base::trim(view(is.get_string())))) return whole;
  constexpr double kBeyond = 9.2e18;
  const auto number = loose_number(is);
  if (!number || std::abs(*number) > kBeyond) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

base::Result<const array*> need_array(const value& in, std::initializer_list<std::string_view> path,
                                      std::string_view subject) {
  const value* const found = at(in, path);
  const array* const list = found == nullptr ? nullptr : found->if_array();
  if (list == nullptr)
    return base::fail(ErrorCode::kInvalid, subject, "the answer has no {}", fmt::join(path, "."));
  return list;
}

std::string to_text(const value& is, std::string_view instead) {
  std::string text = boost::json::serialize(is);
  return text.size() <= kMaxKept ? text : std::string(instead);
}

}  // namespace ceems::json
