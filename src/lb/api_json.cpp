#include "lb/api_json.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json.hpp>

namespace ceems::lb {

namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 16;
constexpr double kMaxExact = 9'007'199'254'740'992;  // 2^53

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

std::optional<std::int64_t> integer_in(const json::value& value) {
  if (value.is_int64()) return value.get_int64();
  if (value.is_string()) return base::parse_i64(view(value.get_string()));
  // Numbers may be written as 1.7e12.
  if (value.is_double() && std::abs(value.get_double()) <= kMaxExact &&
      value.get_double() == std::trunc(value.get_double()))
    return static_cast<std::int64_t>(value.get_double());
  return std::nullopt;
}

std::optional<double> number_in(const json::value& value) {
  if (value.is_double()) return value.get_double();
  if (value.is_int64()) return static_cast<double>(value.get_int64());
  if (value.is_uint64()) return static_cast<double>(value.get_uint64());
  if (value.is_string()) return base::parse_double(view(value.get_string()));
  return std::nullopt;
}

std::unexpected<base::Error> wrong(const FieldType& field) {
  return base::fail(base::ErrorCode::kInvalid, field.json_name, "is not of the type of this field");
}

class Reader {
 public:
  base::Result<Message> message(const MessageType& type, const json::object& object) {
    Message read{.type = &type};
    for (const auto& [key, value] : object) {
      const auto found = std::ranges::find_if(type.fields, [&](const FieldType& field) {
        return field.json_name == std::string_view(key) || field.name == std::string_view(key);
      });
      if (found == type.fields.end())
        return base::fail(base::ErrorCode::kInvalid, type.name, "'{}' is not passed on",
                          std::string_view(key));
      if (value.is_null()) continue;
      if (std::ranges::find(read.values, &*found, &Value::field) != read.values.end())
        return base::fail(base::ErrorCode::kInvalid, found->json_name, "this field is given more than once");
      CEEMS_TRY_VOID(add(read, *found, value));
    }
    std::erase_if(read.values, is_default);
    return read;
  }

 private:
  base::Status add(Message& read, const FieldType& field, const json::value& value) {
    if (field.presence != Presence::kRepeated) return add_one(read, field, value);
    if (!value.is_array()) return wrong(field);
    for (const json::value& element : value.get_array())
      CEEMS_TRY_VOID(add_one(read, field, element));
    return {};
  }

  base::Status add_one(Message& read, const FieldType& field, const json::value& value) {
    if (++values_ > kMaxValues)
      return base::fail(base::ErrorCode::kInvalid, read.type->name, "more than {} values", kMaxValues);
    Value made{.field = &field, .value = {}};
    switch (field.type) {
      case ValueType::kString:
        if (!value.is_string()) return wrong(field);
        made.value = std::string(view(value.get_string()));
        break;
      case ValueType::kMessage: {
        if (!value.is_object()) return wrong(field);
        std::vector<Message> one;
        CEEMS_TRY(Message inner, message(*field.message, value.get_object()));
        one.push_back(std::move(inner));
        made.value = std::move(one);
        break;
      }
      case ValueType::kDouble: {
        const auto number = number_in(value);
        if (!number || !std::isfinite(*number)) return wrong(field);
        made.value = *number;
        break;
      }
      case ValueType::kBool:
        if (!value.is_bool()) return wrong(field);
        made.value = std::int64_t{value.get_bool() ? 1 : 0};
        break;
      case ValueType::kEnum: {
        CEEMS_TRY(made.value, enumerator(field, value));
        break;
      }
      default: {
        const auto number = integer_in(value);
        if (!number) return wrong(field);
        if (field.type == ValueType::kUint32 &&
            (*number < 0 || *number > std::int64_t{std::numeric_limits<std::uint32_t>::max()}))
          return wrong(field);
        made.value = *number;
      }
    }
    read.values.push_back(std::move(made));
    return {};
  }

  static base::Result<std::int64_t> enumerator(const FieldType& field, const json::value& value) {
    if (value.is_string()) {
      const auto found = std::ranges::find(field.enumerators, view(value.get_string()));
      if (found != field.enumerators.end())
        return static_cast<std::int64_t>(found - field.enumerators.begin());
    } else if (const auto number = integer_in(value);
               number && *number >= 0 && std::cmp_less(*number, field.enumerators.size())) {
      return *number;
    }
    return base::fail(base::ErrorCode::kInvalid, field.json_name, "this value is not known");
  }

  std::size_t values_ = 0;
};

json::object to_json(const Message& message);

json::value to_json(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.value)) return json::string(*text);
  if (const auto* number = std::get_if<double>(&value.value)) return *number;
  if (const auto* inner = std::get_if<std::vector<Message>>(&value.value)) return to_json(inner->front());
  const auto integer = std::get<std::int64_t>(value.value);
  switch (value.field->type) {
    case ValueType::kBool:
      return integer != 0;
    case ValueType::kEnum:
      return json::string(value.field->enumerators[static_cast<std::size_t>(integer)]);
    case ValueType::kInt64:
      return json::string(std::to_string(integer));
    default:
      return integer;
  }
}

json::object to_json(const Message& message) {
  json::object object;
  for (const FieldType& field : message.type->fields) {
    json::array values;
    for (const Value& value : message.values)
      if (value.field == &field && !is_default(value)) values.push_back(to_json(value));
    if (values.empty()) continue;
    if (field.presence == Presence::kRepeated) {
      object[field.json_name] = std::move(values);
    } else {
      object[field.json_name] = std::move(values.front());
    }
  }
  return object;
}

}  // namespace

base::Result<Message> read_json(const MessageType& type, std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code broken;
  const json::value value = json::parse({text.data(), text.size()}, broken, {}, options);
  if (broken || !value.is_object())
    return base::fail(base::ErrorCode::kInvalid, type.name, "the body is no JSON object");
  return Reader().message(type, value.get_object());
}

std::string write_json(const Message& message) {
  return json::serialize(to_json(message));
}

}  // namespace ceems::lb
