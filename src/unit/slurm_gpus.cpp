#include "unit/slurm_gpus.h"

#include "base/text.h"
#include "unit/cuda_devices.h"
#include "unit/environment.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace ceems::unit {

namespace {

constexpr std::size_t kMostGpus = 256;

void add(std::vector<std::string>& to, std::string text) {
  if (to.size() < kMostGpus && std::ranges::find(to, text) == to.end()) to.push_back(std::move(text));
}

// "0,2" gives {"0", "2"}; what is no number is left out.
std::vector<std::string> numbers_in(std::optional<std::string_view> list) {
  std::vector<std::string> numbers;
  if (!list) return numbers;
  for (const std::string_view piece : base::split(*list, ',')) {
    if (const auto number = base::parse_u64(base::trim(piece))) add(numbers, fmt::format("{}", *number));
  }
  return numbers;
}

// Whole numbers; of "12.5" what stands before the point.
std::optional<std::uint64_t> amount_in(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  return base::parse_u64(base::trim(text->substr(0, text->find('.'))));
}

}  // namespace

std::optional<GpuClaim> slurm_gpu_claim(std::string_view job_id, std::string_view environment) {
  if (job_id.empty() || variable(environment, "SLURM_JOB_ID") != job_id) return std::nullopt;
  GpuClaim claim;
  claim.indices = numbers_in(variable(environment, "SLURM_JOB_GPUS"));
  claim.is_whole = !claim.indices.empty();
  if (!claim.is_whole) claim.indices = numbers_in(variable(environment, "SLURM_STEP_GPUS"));
  if (claim.indices.empty()) claim.uuids = uuids_in(variable(environment, "CUDA_VISIBLE_DEVICES"));
  claim.shards = amount_in(variable(environment, "SLURM_SHARDS_ON_NODE"));
  claim.mps_percent = amount_in(variable(environment, "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE"));
  return claim;
}

}  // namespace ceems::unit
