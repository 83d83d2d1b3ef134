#include "base/protobuf_wire.h"

#include <bit>

namespace ceems::base {

namespace {

constexpr std::uint64_t kMaxFieldNumber = (1ULL << 29) - 1;

std::unexpected<Error> cut() {
  return fail(ErrorCode::kInvalid, "", "the message is cut");
}

}  // namespace

Result<std::uint64_t> WireReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) return cut();
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte < 0x80) return value;
  }
  return fail(ErrorCode::kInvalid, "", "a number is longer than 64 bits");
}

Result<std::uint64_t> WireReader::fixed(std::size_t size) {
  if (rest_.size() < size) return cut();
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(rest_[i])) << (8 * i);
  rest_.remove_prefix(size);
  return value;
}

Result<WireField> WireReader::next() {
  CEEMS_TRY(const std::uint64_t tag, varint());
  const std::uint64_t number = tag >> 3;
  if (number == 0 || number > kMaxFieldNumber)
    return fail(ErrorCode::kInvalid, "", "{} is no number of a field", number);
  WireField field;
  field.number = static_cast<std::uint32_t>(number);
  switch (tag & 7U) {
    case 0: {
      CEEMS_TRY(field.value, varint());
      return field;
    }
    case 1: {
      field.type = WireType::kFixed64;
      CEEMS_TRY(field.value, fixed(8));
      return field;
    }
    case 2: {
      field.type = WireType::kLength;
      CEEMS_TRY(const std::uint64_t size, varint());
      if (size > rest_.size()) return cut();
      field.bytes = rest_.substr(0, static_cast<std::size_t>(size));
      rest_.remove_prefix(field.bytes.size());
      return field;
    }
    case 5: {
      field.type = WireType::kFixed32;
      CEEMS_TRY(field.value, fixed(4));
      return field;
    }
    default:
      return fail(ErrorCode::kInvalid, "", "field {} is of a wire type that is not understood", number);
  }
}

void append_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

void append_varint_field(std::string& out, std::uint32_t number, std::uint64_t value) {
  append_varint(out, std::uint64_t{number} << 3);
  append_varint(out, value);
}

void append_bytes_field(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, std::uint64_t{number} << 3 | 2U);
  append_varint(out, bytes.size());
  out += bytes;
}

void append_double_field(std::string& out, std::uint32_t number, double value) {
  append_varint(out, std::uint64_t{number} << 3 | 1U);
  auto bits = std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8)
    out += static_cast<char>(bits & 0xFF);
}

}  // namespace ceems::base
