// Which bytes belong together, for loops over text that look at each one. Made at compile time; thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace ceems::base {

class ByteSet {
 public:
  // Those of `bytes`.
  explicit constexpr ByteSet(std::string_view bytes) {
    for (const char byte : bytes)
      members_[index(byte)] = true;
  }
  // Those for which `belongs` holds.
  template <class Predicate>
    requires requires(Predicate belongs) { bool(belongs('a')); }
  explicit constexpr ByteSet(Predicate belongs) {
    for (std::size_t i = 0; i < members_.size(); ++i)
      members_[i] = belongs(static_cast<char>(i));
  }

  constexpr bool contains(char byte) const { return members_[index(byte)]; }
  // How many of the first bytes of `text` belong to it.
  constexpr std::size_t prefix_of(std::string_view text) const {
    std::size_t length = 0;
    while (length < text.size() && contains(text[length]))
      ++length;
    return length;
  }

 private:
  static constexpr std::size_t index(char byte) { return static_cast<unsigned char>(byte); }

  std::array<bool, 256> members_{};
};

}  // namespace ceems::base
