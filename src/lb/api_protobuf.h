// Messages in Protocol Buffers' wire format. Pure functions.
#pragma once

#include "base/result.h"
#include "lb/api_message.h"

#include <string>
#include <string_view>

namespace ceems::lb {

// kInvalid, with the name of the field, for whatever the tables do not know: a field, another wire type, an
// enumerator; a field twice that is there once; text that is not UTF-8; more than kMaxValues.
base::Result<Message> read_protobuf(const MessageType& type, std::string_view bytes);

// Fields in order of their numbers, without those that say nothing.
std::string write_protobuf(const Message& message);

}  // namespace ceems::lb
