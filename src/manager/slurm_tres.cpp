#include "manager/slurm_tres.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>

namespace ceems::manager {

namespace {

constexpr std::string_view kGpu = "gres/gpu";
// Nothing real comes near: sums stay far from overflowing.
constexpr std::int64_t kMostOfAnything = std::int64_t{1} << 40;
constexpr double kMostBytes = 9e18;

std::int64_t count(std::string_view text) {
  const auto value = base::parse_u64(text);
  return value ? static_cast<std::int64_t>(std::min<std::uint64_t>(*value, kMostOfAnything)) : 0;
}

}  // namespace

std::int64_t parse_slurm_memory(std::string_view text, MemoryReading memory) {
  constexpr std::string_view kSuffixes = "KMGTP";
  double scale = 1024.0 * 1024.0;
  if (!text.empty()) {
    if (const std::size_t power = kSuffixes.find(text.back()); power != std::string_view::npos) {
      scale = std::pow(1024.0, static_cast<double>(power + 1));
      text.remove_suffix(1);
    }
  }
  const std::optional<double> number = base::parse_double(text);
  if (!number || !std::isfinite(*number) || *number < 0) return 0;
  const double bytes = (memory == MemoryReading::kWhole ? std::trunc(*number) : *number) * scale;
  return static_cast<std::int64_t>(std::min(bytes, kMostBytes));
}

Tres parse_tres(std::string_view text, MemoryReading memory) {
  Tres tres;
  std::optional<std::int64_t> gpus;
  std::int64_t typed_gpus = 0;
  for (const std::string_view element : base::split(text, ',')) {
    const std::size_t equals = element.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = element.substr(0, equals);
    const std::string_view value = element.substr(equals + 1);
    if (name == "billing") tres.billing = count(value);
    if (name == "cpu") tres.cpus = count(value);
    if (name == "node") tres.nodes = count(value);
    if (name == "mem") tres.memory_bytes = parse_slurm_memory(value, memory);
    if (name == kGpu) gpus = count(value);
    if (name.starts_with(kGpu) && name.size() > kGpu.size() && name[kGpu.size()] == ':')
      typed_gpus = std::min(typed_gpus + count(value), kMostOfAnything);
  }
  tres.gpus = gpus.value_or(typed_gpus);
  return tres;
}

}  // namespace ceems::manager
