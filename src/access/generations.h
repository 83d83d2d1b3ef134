// A bounded memory of answers, each good for a time. Two generations: what was not asked for while a whole
// generation was filled is forgotten. Not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace ceems::access {

template <class Value>
class Generations {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Holds at most `capacity` units of weight.
  explicit Generations(std::size_t capacity) : half_(capacity / 2 + 1) {}

  // A copy of what is known of that key and was not known before `not_before`; `oldest` becomes the time
  // since when it is known, if that is earlier.
  std::optional<Value> find(std::string_view key, TimePoint not_before, TimePoint& oldest) {
    if (const auto found = young_.find(key); found != young_.end()) {
      if (found->second.since < not_before) return std::nullopt;
      oldest = std::min(oldest, found->second.since);
      return found->second.value;
    }
    const auto found = old_.find(key);
    if (found == old_.end() || found->second.since < not_before) return std::nullopt;
    oldest = std::min(oldest, found->second.since);
    std::optional<Value> value = found->second.value;
    Entry entry = std::move(found->second);
    std::string name = found->first;
    old_.erase(found);
    insert(std::move(name), std::move(entry));
    return value;
  }

  std::optional<Value> find(std::string_view key, TimePoint not_before) {
    TimePoint oldest;
    return find(key, not_before, oldest);
  }

  void put(std::string key, Value value, TimePoint now, std::size_t weight = 1) {
    insert(std::move(key), {std::move(value), now, weight});
  }

  std::size_t size() const { return young_.size() + old_.size(); }

 private:
  struct Entry {
    Value value;
    TimePoint since;
    std::size_t weight;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Map = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  void insert(std::string key, Entry entry) {
    if (weight_ + entry.weight > half_) {
      old_ = std::exchange(young_, {});
      weight_ = 0;
    }
    if (entry.weight > half_) return;
    weight_ += entry.weight;
    young_.insert_or_assign(std::move(key), std::move(entry));
  }

  std::size_t half_;
  std::size_t weight_ = 0;  // of young_, what was replaced in it included
  Map young_;
  Map old_;
};

}  // namespace ceems::access
