#include "lb/api_message.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace ceems::lb {

namespace {

const FieldType& known(const Message& message, std::string_view field) {
  const FieldType* const found = message.type->find(field);
  CEEMS_CHECK(found != nullptr);
  return *found;
}

const Value* find(const Message& message, std::string_view field) {
  const FieldType* const wanted = &known(message, field);
  const auto found = std::ranges::find(message.values, wanted, &Value::field);
  return found == message.values.end() ? nullptr : &*found;
}

template <class T>
T get_or(const Message& message, std::string_view field, T fallback) {
  const Value* const found = find(message, field);
  return found == nullptr ? fallback : std::get<T>(found->value);
}

const FieldType& cleared(Message& message, std::string_view field) {
  const FieldType& wanted = known(message, field);
  std::erase_if(message.values, [&](const Value& value) { return value.field == &wanted; });
  return wanted;
}

}  // namespace

const FieldType* MessageType::find(std::string_view field) const {
  const auto found = std::ranges::find(fields, field, &FieldType::name);
  return found == fields.end() ? nullptr : &*found;
}

const FieldType* MessageType::find(std::uint32_t number) const {
  const auto found = std::ranges::find(fields, number, &FieldType::number);
  return found == fields.end() ? nullptr : &*found;
}

std::string text_of(const Message& message, std::string_view field) {
  return get_or<std::string>(message, field, {});
}

std::vector<std::string> texts_of(const Message& message, std::string_view field) {
  const FieldType& wanted = known(message, field);
  std::vector<std::string> texts;
  for (const Value& value : message.values)
    if (value.field == &wanted) texts.push_back(std::get<std::string>(value.value));
  return texts;
}

std::int64_t integer_of(const Message& message, std::string_view field) {
  return get_or<std::int64_t>(message, field, 0);
}

double number_of(const Message& message, std::string_view field) {
  return get_or<double>(message, field, 0);
}

Message* message_of(Message& message, std::string_view field) {
  const FieldType* const wanted = &known(message, field);
  const auto found = std::ranges::find(message.values, wanted, &Value::field);
  return found == message.values.end() ? nullptr : &std::get<std::vector<Message>>(found->value).front();
}

void set_text(Message& message, std::string_view field, std::string text) {
  message.values.push_back({.field = &cleared(message, field), .value = std::move(text)});
}

void set_texts(Message& message, std::string_view field, std::vector<std::string> texts) {
  const FieldType& wanted = cleared(message, field);
  for (std::string& text : texts)
    message.values.push_back({.field = &wanted, .value = std::move(text)});
}

void set_integer(Message& message, std::string_view field, std::int64_t value) {
  message.values.push_back({.field = &cleared(message, field), .value = value});
}

void add_message(Message& message, std::string_view field, Message value) {
  std::vector<Message> one;
  one.push_back(std::move(value));
  message.values.push_back({.field = &known(message, field), .value = std::move(one)});
}

bool is_default(const Value& value) {
  if (value.field->presence != Presence::kImplicit) return false;
  if (const auto* text = std::get_if<std::string>(&value.value)) return text->empty();
  if (const auto* integer = std::get_if<std::int64_t>(&value.value)) return *integer == 0;
  if (const auto* number = std::get_if<double>(&value.value)) return *number == 0;
  return false;
}

}  // namespace ceems::lb
