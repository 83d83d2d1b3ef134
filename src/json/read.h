// Reading JSON (RFC 8259) that may be anything: into a tree, bounded in depth and size, and what is in one,
// forgiving about what is missing or has another type than it should. Pure functions. Trees are those of
// Boost.JSON.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace ceems::json {

using boost::json::array;
using boost::json::object;
using boost::json::string;
using boost::json::value;

// At most 32 levels and 1 GiB. The tree lives in `storage`. Errors, about `subject`, tell nothing of the
// text: kInvalid with what is wrong, kTooLarge.
base::Result<value> parse(std::string_view text, std::string_view subject = {},
                          boost::json::storage_ptr storage = {});

// What follows is nullptr, "" or nullopt where `in` is no object, lacks the member, or has it in another
// type.
const value* member(const value& in, std::string_view name);
// A member of a member, and so on.
const value* at(const value& in, std::initializer_list<std::string_view> path);
const object* object_member(const value& in, std::string_view name);
const array* array_member(const value& in, std::string_view name);
std::string text_member(const value& in, std::string_view name);
// The text stays in the tree.
std::optional<std::string_view> find_text(const value& in, std::string_view name);
std::optional<double> number_member(const value& in, std::string_view name);
// Whole numbers up to int64's.
std::optional<std::int64_t> integer_member(const value& in, std::string_view name);
std::optional<bool> bool_member(const value& in, std::string_view name);

// Numbers, also written as texts, as some programs do; whole ones are cut, and absent beyond int64.
std::optional<double> loose_number_member(const value& in, std::string_view name);
std::optional<std::int64_t> loose_integer_member(const value& in, std::string_view name);
// Texts, and whole numbers as texts.
std::string loose_text_member(const value& in, std::string_view name);

// Of the value itself: "" or nullopt if it has another type.
std::string text_of(const value& is);
std::optional<double> loose_number(const value& is);
std::optional<std::int64_t> loose_integer(const value& is);

// The list at that path. kInvalid about `subject` if there is none: "the answer has no data.result".
base::Result<const array*> need_array(const value& in, std::initializer_list<std::string_view> path,
                                      std::string_view subject = {});

std::string_view view(const string& text);
// As JSON again; `instead` if that takes more than 64 KiB.
std::string to_text(const value& is, std::string_view instead);

}  // namespace ceems::json
