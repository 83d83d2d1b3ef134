#include "unit/lsf_manager.h"

#include "base/text.h"
#include "unit/cuda_devices.h"
#include "unit/environment.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace ceems::unit {

namespace {

constexpr std::string_view kRoot = "/lsf";

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "77", "77[3]".
bool is_job_id(std::string_view text) {
  const std::size_t bracket = text.find('[');
  if (bracket == std::string_view::npos) return is_number(text);
  if (!text.ends_with(']')) return false;
  return is_number(text.substr(0, bracket)) && is_number(text.substr(bracket + 1, text.size() - bracket - 2));
}

}  // namespace

std::optional<Claim> LsfManager::claim(std::string_view path) const {
  constexpr std::string_view kJob = "job.";
  const std::vector<std::string_view> components = base::split(path, '/');  // "", lsf, cluster, job
  if (components.size() != 4 || components[1] != kRoot.substr(1)) return std::nullopt;
  std::string_view name = components[3];
  if (!name.starts_with(kJob)) return std::nullopt;
  name.remove_prefix(kJob.size());
  const std::vector<std::string_view> parts = base::split(name, '.');
  if (parts.size() != 3 || !is_job_id(parts[0]) || !is_number(parts[1]) || !is_number(parts[2]))
    return std::nullopt;
  Claim claim;
  claim.uuid = parts[0];
  claim.name = components[3];
  return claim;
}

bool LsfManager::may_claim_below(std::string_view path) const {
  return path.empty() || path == "/" || path == kRoot ||
         (path.starts_with(kRoot) && path[kRoot.size()] == '/');
}

std::optional<GpuClaim> LsfManager::gpus_in_environment(const Claim& claim,
                                                        std::string_view environment) const {
  // LSB_JOBID is that of all jobs of an array.
  if (variable(environment, "LSB_BATCH_JID") != claim.uuid) return std::nullopt;
  GpuClaim said;
  said.uuids = uuids_in(variable(environment, "CUDA_VISIBLE_DEVICES"));
  if (said.uuids.empty()) said.uuids = uuids_in(variable(environment, "CUDA_VISIBLE_DEVICES1"));
  said.is_whole = said.names_gpus();
  return said;
}

LsfRegistry::LsfRegistry(std::unique_ptr<LsfWatch> jobs, std::shared_ptr<gpu::DeviceWatch> gpus)
    : watch_(std::move(jobs)), gpus_(std::move(gpus)) {}

void LsfRegistry::follow(std::span<const Unit* const> units, bool /*everything*/) {
  std::uint64_t print = units.size();
  for (const Unit* unit : units)
    print += unit->serial * 0x9E37'79B9'7F4A'7C15;
  // A node without jobs has nothing to ask about.
  if (print != followed_ && (!units.empty() || view_.asked > 0)) watch_->ask();
  followed_ = print;
  const std::shared_ptr<const LsfWatch::Jobs> before = view_.jobs;
  view_ = watch_->view();
  auto devices = gpus_ == nullptr ? nullptr : gpus_->view().list;
  if (view_.jobs == before && devices == devices_) return;
  devices_ = std::move(devices);
  ++generation_;
}

const LsfJob* LsfRegistry::find(const Unit& unit) const {
  if (view_.jobs == nullptr) return nullptr;
  const auto found = view_.jobs->find(unit.claim.uuid);
  return found == view_.jobs->end() ? nullptr : &found->second;
}

std::optional<GpuClaim> LsfRegistry::gpus(const Unit& unit) const {
  const LsfJob* job = find(unit);
  if (job == nullptr || !job->gpus || devices_ == nullptr) return std::nullopt;
  GpuClaim claim;
  claim.is_whole = true;
  for (const std::uint32_t minor : *job->gpus) {
    for (const gpu::Device& device : devices_->devices) {
      const bool is_it =
          device.vendor == gpu::Vendor::kNvidia ? device.minor == minor : device.number == minor;
      if (is_it && !device.uuid.empty()) claim.uuids.push_back(device.uuid);
    }
  }
  return claim;
}

std::optional<double> LsfRegistry::cpus(const Unit& unit) const {
  const LsfJob* job = find(unit);
  if (job == nullptr || job->slots == 0) return std::nullopt;
  return static_cast<double>(job->slots);
}

}  // namespace ceems::unit
