// An energy counter that never goes backwards, made of one that may: drivers count in 32 bits and wrap, or
// start again from zero when they are loaded or their device is reset. It starts at the first reading, so
// that it first shows what the source shows. Whole units of the source (joules, microjoules). Not
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>

namespace ceems::power {

class EnergyAccumulator {
 public:
  enum class Wraps : bool { kNever, kAt32Bits };

  explicit EnergyAccumulator(Wraps wraps = Wraps::kAt32Bits) : wraps_(wraps) {}

  // The total after this reading. A fall from the last quarter of the 32-bit range is a wrap of 32 bits,
  // where the source counts in them; any other is a start from zero, of which only what was counted since is
  // known.
  std::uint64_t add(std::uint64_t raw) {
    constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;
    if (!previous_ || raw >= *previous_) {
      total_ += raw - previous_.value_or(0);
    } else if (wraps_ == Wraps::kAt32Bits && *previous_ < kWrap && *previous_ >= kWrap / 4 * 3) {
      total_ += kWrap - *previous_ + raw;
    } else {
      total_ += raw;
    }
    previous_ = raw;
    return total_;
  }

 private:
  Wraps wraps_;
  std::optional<std::uint64_t> previous_;
  std::uint64_t total_ = 0;
};

}  // namespace ceems::power
