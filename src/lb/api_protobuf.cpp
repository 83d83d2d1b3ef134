#include "lb/api_protobuf.h"

#include "base/protobuf_wire.h"
#include "base/text.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace ceems::lb {

namespace {

using base::WireField;
using base::WireType;

WireType wire_type(ValueType type) {
  switch (type) {
    case ValueType::kString:
    case ValueType::kMessage:
      return WireType::kLength;
    case ValueType::kDouble:
      return WireType::kFixed64;
    default:
      return WireType::kVarint;
  }
}

class Reader {
 public:
  base::Result<Message> message(const MessageType& type, std::string_view bytes) {
    Message read{.type = &type};
    base::WireReader wire(bytes);
    while (!wire.at_end()) {
      auto field = wire.next();
      if (!field) return base::fail(base::ErrorCode::kInvalid, type.name, "{}", field.error().message);
      const FieldType* const known = type.find(field->number);
      if (known == nullptr)
        return base::fail(base::ErrorCode::kInvalid, type.name, "field {} is not passed on", field->number);
      if (field->type != wire_type(known->type))
        return base::fail(base::ErrorCode::kInvalid, known->name, "is not of the type of this field");
      if (known->presence != Presence::kRepeated &&
          std::ranges::find(read.values, known, &Value::field) != read.values.end())
        return base::fail(base::ErrorCode::kInvalid, known->name, "this field is given more than once");
      if (++values_ > kMaxValues)
        return base::fail(base::ErrorCode::kInvalid, type.name, "more than {} values", kMaxValues);
      CEEMS_TRY(Value read_value, value(*known, *field));
      read.values.push_back(std::move(read_value));
    }
    std::erase_if(read.values, is_default);
    return read;
  }

 private:
  base::Result<Value> value(const FieldType& field, const WireField& wire) {
    switch (field.type) {
      case ValueType::kString:
        if (!base::is_valid_utf8(wire.bytes))
          return base::fail(base::ErrorCode::kInvalid, field.name, "is not UTF-8");
        return Value{.field = &field, .value = std::string(wire.bytes)};
      case ValueType::kMessage: {
        std::vector<Message> one;
        CEEMS_TRY(Message inner, message(*field.message, wire.bytes));
        one.push_back(std::move(inner));
        return Value{.field = &field, .value = std::move(one)};
      }
      case ValueType::kDouble: {
        const auto number = std::bit_cast<double>(wire.value);
        if (!std::isfinite(number))
          return base::fail(base::ErrorCode::kInvalid, field.name, "is not a finite number");
        return Value{.field = &field, .value = number};
      }
      default:
        return integer(field, static_cast<std::int64_t>(wire.value));
    }
  }

  static base::Result<Value> integer(const FieldType& field, std::int64_t number) {
    if (field.type == ValueType::kBool) number = number != 0 ? 1 : 0;
    if (field.type == ValueType::kUint32 &&
        (number < 0 || number > std::int64_t{std::numeric_limits<std::uint32_t>::max()}))
      return base::fail(base::ErrorCode::kInvalid, field.name, "is no number of 32 bits");
    if (field.type == ValueType::kEnum &&
        (number < 0 || std::cmp_greater_equal(number, field.enumerators.size())))
      return base::fail(base::ErrorCode::kInvalid, field.name, "{} is not known", number);
    return Value{.field = &field, .value = number};
  }

  std::size_t values_ = 0;
};

}  // namespace

base::Result<Message> read_protobuf(const MessageType& type, std::string_view bytes) {
  return Reader().message(type, bytes);
}

std::string write_protobuf(const Message& message) {
  std::string out;
  for (const FieldType& field : message.type->fields) {
    for (const Value& value : message.values) {
      if (value.field != &field || is_default(value)) continue;
      if (const auto* text = std::get_if<std::string>(&value.value)) {
        base::append_bytes_field(out, field.number, *text);
      } else if (const auto* integer = std::get_if<std::int64_t>(&value.value)) {
        base::append_varint_field(out, field.number, static_cast<std::uint64_t>(*integer));
      } else if (const auto* number = std::get_if<double>(&value.value)) {
        base::append_double_field(out, field.number, *number);
      } else {
        base::append_bytes_field(out, field.number,
                                 write_protobuf(std::get<std::vector<Message>>(value.value).front()));
      }
    }
  }
  return out;
}

}  // namespace ceems::lb
