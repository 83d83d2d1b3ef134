// Which real meters of this node's processors can be read right now: collectors tell, the power model asks.
// One object for a node, shared by them. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

namespace ceems::collector {

enum class Meter : std::uint8_t { kRapl, kCray };

class Meters {
 public:
  void set(Meter meter, bool readable) {
    const std::uint32_t bit = 1U << static_cast<unsigned>(meter);
    if (readable) {
      readable_.fetch_or(bit, std::memory_order_relaxed);
    } else {
      readable_.fetch_and(~bit, std::memory_order_relaxed);
    }
  }
  bool any() const { return readable_.load(std::memory_order_relaxed) != 0; }

 private:
  std::atomic<std::uint32_t> readable_ = 0;
};

}  // namespace ceems::collector
