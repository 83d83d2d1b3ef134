#include "unit/cuda_devices.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace ceems::unit {

std::vector<std::string> uuids_in(std::optional<std::string_view> list) {
  constexpr std::size_t kMostGpus = 256;
  constexpr std::size_t kLongestUuid = 96;
  std::vector<std::string> uuids;
  if (!list) return uuids;
  for (std::string_view piece : base::split(*list, ',')) {
    piece = base::trim(piece);
    if (piece.size() > kLongestUuid || uuids.size() >= kMostGpus) continue;
    if (!piece.starts_with("GPU-") && !piece.starts_with("MIG-")) continue;
    std::string uuid(piece);
    if (std::ranges::find(uuids, uuid) == uuids.end()) uuids.push_back(std::move(uuid));
  }
  return uuids;
}

}  // namespace ceems::unit
