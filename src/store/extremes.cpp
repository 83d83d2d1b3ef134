#include "store/extremes.h"

#include "store/sums_decoder.h"
#include "store/sums_encoder.h"

#include <algorithm>
#include <cstddef>

namespace ceems::store {

namespace {

// Whether `value` is as far out as `other`, or further.
bool reaches(bool is_maximum, Fixed value, Fixed other) {
  return is_maximum ? value >= other : value <= other;
}

const ExtremeEntry* find(const ExtremeEntries& extremes, KeyId key) {
  const auto at = std::ranges::lower_bound(extremes, key, {}, &ExtremeEntry::key);
  return at != extremes.end() && at->key == key ? &*at : nullptr;
}

}  // namespace

bool widen(ExtremeEntries& extremes, const ExtremeEntries& other, const KeyTable& keys) {
  bool changed = false;
  auto at = extremes.begin();
  for (const ExtremeEntry& entry : other) {
    while (at != extremes.end() && at->key < entry.key)
      ++at;
    if (at == extremes.end() || at->key != entry.key) {
      at = extremes.insert(at, entry);
    } else if (reaches(keys.is_maximum(entry.key), at->value, entry.value)) {
      continue;
    } else {
      at->value = entry.value;
    }
    changed = true;
  }
  return changed;
}

bool may_shrink(const ExtremeEntries& stored, const ExtremeEntries& removed, const ExtremeEntries& added,
                const KeyTable& keys) {
  return std::ranges::any_of(removed, [&](const ExtremeEntry& gone) {
    const bool is_maximum = keys.is_maximum(gone.key);
    if (const auto* came = find(added, gone.key); came != nullptr)
      if (reaches(is_maximum, came->value, gone.value)) return false;
    const auto* furthest = find(stored, gone.key);
    return furthest == nullptr || reaches(is_maximum, gone.value, furthest->value);
  });
}

std::string encode_extremes(const ExtremeEntries& extremes) {
  std::string out;
  KeyId last = 0;
  for (const ExtremeEntry& entry : extremes) {
    const bool whole = entry.value % kFixedOne == 0;
    put_number(out, static_cast<std::uint64_t>(entry.key - last) << 1 | (whole ? 1U : 0U));
    put_signed(out, whole ? entry.value / kFixedOne : entry.value);
    last = entry.key;
  }
  return out;
}

bool decode_extremes(std::string_view text, ExtremeEntries& extremes) {
  extremes.clear();
  SumsInput input(text);
  KeyId key = 0;
  while (!input.finished()) {
    std::uint64_t head = 0;
    Fixed value = 0;
    if (!input.get(head) || !input.get_signed((head & 1) != 0 ? kFixedOne : 1, value)) return false;
    key += static_cast<KeyId>(head >> 1);
    extremes.push_back({.key = key, .value = value});
  }
  return true;
}

}  // namespace ceems::store
