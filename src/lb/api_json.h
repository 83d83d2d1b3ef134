// Messages as JSON (https://protobuf.dev/programming-guides/json/). Pure functions.
#pragma once

#include "base/result.h"
#include "lb/api_message.h"

#include <string>
#include <string_view>

namespace ceems::lb {

// Keys as either of a field's names; null as no value; integers as numbers or strings; enumerators by name or
// number. kInvalid as read_protobuf(), and for what is no JSON.
base::Result<Message> read_json(const MessageType& type, std::string_view text);

// Keys in camel case, 64-bit integers as strings, without fields that say nothing.
std::string write_json(const Message& message);

}  // namespace ceems::lb
