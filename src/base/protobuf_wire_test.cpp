#include "base/protobuf_wire.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::base {
namespace {

using std::string_literals::operator""s;

// "1=5 2='x' ", or the error.
std::string fields_of(std::string_view message) {
  std::string text;
  WireReader reader(message);
  while (!reader.at_end()) {
    const auto field = reader.next();
    if (!field) return text + field.error().text();
    text += std::to_string(field->number) + "=";
    text += field->type == WireType::kLength ? "'" + std::string(field->bytes) + "'"
                                             : std::to_string(field->value);
    text += " ";
  }
  return text;
}

TEST(ProtobufWire, ReadsWhatItWrote) {
  std::string message;
  append_varint_field(message, 1, 0);
  append_varint_field(message, 15, 127);
  append_varint_field(message, 16, 128);
  append_varint_field(message, (1U << 29) - 1, ~0ULL);
  append_bytes_field(message, 2, "");
  append_bytes_field(message, 3, std::string(300, 'x'));
  append_double_field(message, 4, 1.5);
  EXPECT_EQ(fields_of(message), "1=0 15=127 16=128 536870911=18446744073709551615 2='' 3='" +
                                    std::string(300, 'x') + "' 4=4609434218613702656 ");
}

TEST(ProtobufWire, WritesTheDocumentedExamples) {
  // From "Encoding" of the Protocol Buffers documentation.
  std::string message;
  append_varint_field(message, 1, 150);
  append_bytes_field(message, 2, "testing");
  EXPECT_EQ(message, "\x08\x96\x01\x12\x07testing");
}

TEST(ProtobufWire, ReadsFixedNumbers) {
  EXPECT_EQ(fields_of("\x0d\x01\x02\x00\x00"s), "1=513 ");
  EXPECT_EQ(fields_of("\x09\x01\x00\x00\x00\x00\x00\x00\x80"s), "1=9223372036854775809 ");
}

TEST(ProtobufWire, ReadsNumbersThatAreLongerThanNeeded) {
  EXPECT_EQ(fields_of("\x08\x81\x80\x80\x00"s), "1=1 ");
  EXPECT_EQ(fields_of("\x88\x80\x00\x01"s), "1=1 ");
}

TEST(ProtobufWire, NeverReadsPastTheEnd) {
  for (const std::string& message :
       {"\x08"s, "\x08\x80"s, "\x88"s, "\x0a"s, "\x0a\x01"s, "\x0a\x05xxxx"s, "\x09\x01"s,
        "\x0d\x01\x02\x03"s, "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s})
    EXPECT_EQ(fields_of(message), "the message is cut") << message.size();
}

TEST(ProtobufWire, RefusesWhatNoMessageHas) {
  EXPECT_EQ(fields_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s), "a number is longer than 64 bits");
  EXPECT_EQ(fields_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s),
            "a number is longer than 64 bits");
  EXPECT_EQ(fields_of("\x00"s), "0 is no number of a field");
  EXPECT_EQ(fields_of("\x80\x80\x80\x80\x10\x01"s), "536870912 is no number of a field");
  for (const char group : {'\x0b', '\x0c', '\x0e', '\x0f'})
    EXPECT_EQ(fields_of(std::string(1, group)), "field 1 is of a wire type that is not understood");
}

}  // namespace
}  // namespace ceems::base
