// Protocol Buffers' wire format: fields of a message one by one, without knowing what they mean.
// https://protobuf.dev/programming-guides/encoding/ . Thread-safe but for one reader's own state.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ceems::base {

enum class WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

struct WireField {
  std::uint32_t number = 0;  // 1 … 2^29 - 1
  WireType type = WireType::kVarint;
  std::uint64_t value = 0;      // of a varint; the bits of a fixed one
  std::string_view bytes = {};  // of kLength: into the message that is read
};

// Walks over one message, and not into those inside of it. Never reads past its end.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : rest_(message) {}

  bool at_end() const { return rest_.empty(); }
  // kInvalid for what is cut, overlong or a group; nothing can be read after that. Not at the end.
  Result<WireField> next();

 private:
  Result<std::uint64_t> varint();
  Result<std::uint64_t> fixed(std::size_t size);

  std::string_view rest_;
};

void append_varint(std::string& out, std::uint64_t value);
void append_varint_field(std::string& out, std::uint32_t number, std::uint64_t value);
void append_bytes_field(std::string& out, std::uint32_t number, std::string_view bytes);
void append_double_field(std::string& out, std::uint32_t number, double value);

}  // namespace ceems::base
