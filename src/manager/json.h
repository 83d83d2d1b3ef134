// Reading what managers answer in JSON: bounded in depth, forgiving about what is missing or of another type.
// Pure functions over bytes that may be anything. For this room only.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace ceems::manager {

namespace json = boost::json;

// Errors: kInvalid, with what is wrong, about `subject`.
base::Result<json::value> parse_json(std::string_view text, std::string_view subject);

// What follows is nullptr, "" or nullopt where `value` is no object, lacks the member, or has it in another
// type.
const json::value* member(const json::value& value, std::string_view name);
const json::object* object_member(const json::value& value, std::string_view name);
const json::array* array_member(const json::value& value, std::string_view name);
std::string text_member(const json::value& value, std::string_view name);
// Numbers, also written as texts, cut to whole ones; beyond int64 they are absent.
std::optional<std::int64_t> integer_member(const json::value& value, std::string_view name);
std::optional<double> number_member(const json::value& value, std::string_view name);
std::optional<std::int64_t> integer_in(const json::value& value);
std::optional<double> number_in(const json::value& value);
std::string text_in(const json::value& value);

// As JSON again; `instead` if that takes more than 64 KiB.
std::string json_text(const json::value& value, std::string_view instead);

}  // namespace ceems::manager
