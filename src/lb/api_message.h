// Messages of a Protocol Buffers API as plain values, made and read by tables of their fields: what is in no
// table cannot be in a message.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ceems::lb {

struct MessageType;

enum class ValueType : std::uint8_t { kString, kInt64, kUint32, kBool, kEnum, kDouble, kMessage };

enum class Presence : std::uint8_t {
  kImplicit,  // a value that is 0 or "" is as good as none
  kOptional,
  kRepeated,  // of kString and kMessage alone
};

struct FieldType {
  std::uint32_t number;
  std::string_view name;       // in the .proto file
  std::string_view json_name;  // https://protobuf.dev/programming-guides/json/
  ValueType type;
  Presence presence = Presence::kImplicit;
  const MessageType* message = nullptr;                // of a kMessage
  std::span<const std::string_view> enumerators = {};  // names of 0, 1, 2 …
};

struct MessageType {
  std::string_view name;
  std::span<const FieldType> fields;  // by number

  // Null for one that is not there.
  const FieldType* find(std::string_view field) const;
  const FieldType* find(std::uint32_t number) const;
};

struct Message;

struct Value {
  const FieldType* field = nullptr;
  // As the field's type says: std::int64_t for all integers, a vector of one for a message.
  std::variant<std::string, std::int64_t, double, std::vector<Message>> value;
};

struct Message {
  const MessageType* type = nullptr;
  std::vector<Value> values{};  // in any order; of a repeated field any number, of others one at most
};

// No message has more values than that, with those inside of it.
inline constexpr std::size_t kMaxValues = 10'000;

// Fields by name, which must be there in the message's type. Absent is "", 0 or nothing.
std::string text_of(const Message& message, std::string_view field);
std::vector<std::string> texts_of(const Message& message, std::string_view field);
std::int64_t integer_of(const Message& message, std::string_view field);
double number_of(const Message& message, std::string_view field);
// The value of a message field, or null.
Message* message_of(Message& message, std::string_view field);

void set_text(Message& message, std::string_view field, std::string text);
void set_texts(Message& message, std::string_view field, std::vector<std::string> texts);
void set_integer(Message& message, std::string_view field, std::int64_t value);
void add_message(Message& message, std::string_view field, Message value);

// Whether a message without this value says the same.
bool is_default(const Value& value);

}  // namespace ceems::lb
