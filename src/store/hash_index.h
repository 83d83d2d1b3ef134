// Finds numbers again by the hash of what they stand for, which the caller keeps: a table of eight bytes a
// place that is at most half full. Not thread-safe. For this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace ceems::store {

class HashIndex {
 public:
  void reserve(std::size_t numbers) {
    std::size_t places = kFewest;
    while (places < numbers * 2)
      places *= 2;
    if (places > places_.size()) grow(places);
  }

  // The number with that hash of which `same` is true; if there is none, it is `number` from now on.
  template <class Same>
  std::uint32_t find_or_add(std::size_t hash, std::uint32_t number, const Same& same) {
    if ((used_ + 1) * 2 > places_.size()) reserve(used_ + 1);
    const auto part = static_cast<std::uint32_t>(hash >> 32 ^ hash);
    std::size_t at = part & (places_.size() - 1);
    for (; places_[at].number != kFree; at = next(at))
      if (places_[at].hash == part && same(places_[at].number)) return places_[at].number;
    places_[at] = {.hash = part, .number = number};
    ++used_;
    return number;
  }

 private:
  static constexpr std::size_t kFewest = 16;

  static constexpr std::uint32_t kFree = 0xFFFFFFFF;  // no number

  struct Place {
    std::uint32_t hash = 0;
    std::uint32_t number = kFree;
  };

  std::size_t next(std::size_t at) const { return (at + 1) & (places_.size() - 1); }
  void grow(std::size_t places) {
    const std::vector<Place> old = std::exchange(places_, std::vector<Place>(places));
    for (const Place& place : old) {
      if (place.number == kFree) continue;
      std::size_t at = place.hash & (places - 1);
      while (places_[at].number != kFree)
        at = next(at);
      places_[at] = place;
    }
  }

  std::vector<Place> places_;  // a power of two
  std::size_t used_ = 0;
};

}  // namespace ceems::store
