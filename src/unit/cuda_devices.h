// UUIDs in CUDA_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES and their like. Numbers there mean something else in
// each process. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

// Of "GPU-…,MIG-…": each once, no more than any node has GPUs.
std::vector<std::string> uuids_in(std::optional<std::string_view> list);

}  // namespace ceems::unit
