// Reading the JSON that vendors' tools print: what stands around it is skipped, and what has another type
// than it should counts as not said. Internal to this room. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace ceems::gpu {

// The first array or object in the text that can be read as a whole; nullopt if there is none.
std::optional<boost::json::value> find_json(std::string_view text);

// The member of an object; null if `value` is no object or has no such member.
const boost::json::value* member(const boost::json::value* value, std::string_view key);
// Its text without blanks around it, or a number as text; "" for "N/A" and for anything else.
std::string text_member(const boost::json::value* value, std::string_view key);
// A whole number, also one that is written as text.
std::optional<std::uint32_t> number_member(const boost::json::value* value, std::string_view key);

}  // namespace ceems::gpu
