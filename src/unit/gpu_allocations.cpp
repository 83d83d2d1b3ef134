#include "unit/gpu_allocations.h"

#include "base/file.h"
#include "base/privilege.h"
#include "cgroup/processes.h"
#include "unit/environment.h"
#include "unit/occupants.h"
#include "unit/told_gpus.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace ceems::unit {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 2> kReadProcesses{"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"};
constexpr std::array<std::string_view, 3> kReadPrograms{"CAP_DAC_READ_SEARCH", "CAP_SYS_ADMIN",
                                                        "CAP_SYS_PTRACE"};
// A new job has its first process, and that its environment, a moment later.
constexpr int kEagerLooks = 5;
constexpr int kLongestPause = 64;  // whole walks
constexpr int kMostProcesses = 64;
// All looks of one sync; the rest is looked at in the next.
constexpr auto kPatience = std::chrono::milliseconds(50);

// What another process of the same unit adds.
void merge(GpuClaim& into, const GpuClaim& other) {
  if (into.is_whole && !other.is_whole) {
    if (!into.shards) into.shards = other.shards;
    if (!into.mps_percent) into.mps_percent = other.mps_percent;
    return;
  }
  if (other.is_whole && !into.is_whole) {
    into.indices.clear();
    into.uuids.clear();
  }
  const auto add = [](std::vector<std::string>& to, const std::vector<std::string>& from) {
    for (const std::string& one : from) {
      if (std::ranges::find(to, one) == to.end()) to.push_back(one);
    }
  };
  // The first process that speaks for the whole unit is believed.
  if (!into.is_whole) {
    add(into.indices, other.indices);
    add(into.uuids, other.uuids);
  }
  into.is_whole |= other.is_whole;
  if (!into.shards) into.shards = other.shards;
  if (!into.mps_percent) into.mps_percent = other.mps_percent;
}

std::vector<const std::string*> roots_of(const Inventory& inventory) {
  std::vector<const std::string*> roots;
  for (const std::string* root : {&inventory.layout().active_root, &inventory.layout().unified_root}) {
    if (!root->empty()) roots.push_back(root);
  }
  return roots;
}

}  // namespace

GpuAllocations::GpuAllocations(GpuAllocationOptions options, base::Logger logger)
    : options_(std::move(options)), logger_(std::move(logger)) {}

void GpuAllocations::sync(const Inventory& inventory, std::shared_ptr<const gpu::DeviceList> list,
                          bool everything) {
  changed_ = follow_devices(std::move(list));
  if (slots_.empty()) {
    if (holdings_.empty() && known_.empty()) return;
    known_.clear();
    unsettled_.clear();
    holdings_.clear();
    unit_generation_ = ~std::uint64_t{0};
    unmatched_ = 0;
    ++generation_;
    return;
  }
  if (everything || changed_) read_gres_conf();
  changed_ |= follow_units(inventory);
  changed_ |= follow_registries(inventory);
  changed_ |= follow_left_over(inventory);
  if (!unsettled_.empty()) look(inventory, everything);
  if (changed_) share();
}

bool GpuAllocations::follow_devices(std::shared_ptr<const gpu::DeviceList> list) {
  if (list == list_) return false;
  list_ = std::move(list);
  slots_ = list_ == nullptr ? std::vector<GpuSlot>() : gpu_slots(list_->devices);
  majors_ = {};
  if (const auto text = base::read_file(base::join_path(options_.procfs, "devices")))
    majors_ = parse_gpu_majors(*text);
  mig_.clear();
  const auto minors = base::read_file(base::join_path(options_.procfs, "driver/nvidia-caps/mig-minors"),
                                      std::size_t{8} << 20);
  if (minors) mig_ = parse_mig_minors(*minors);
  // What the kernel permits has to be told anew of other slots; what processes said stays said.
  unsettled_.clear();
  for (auto& [serial, known] : known_) {
    if (known.evidence == Evidence::kManager) continue;
    known.permitted.reset();
    known.looks = 0;
    known.settled = !known.asks;
    if (known.asks) unsettled_.push_back(&known);
  }
  return true;
}

bool GpuAllocations::follow_units(const Inventory& inventory) {
  if (inventory.generation() == unit_generation_) return false;
  unit_generation_ = inventory.generation();
  ++pass_;
  for (const auto& unit : inventory.units()) {
    const Manager& manager = *inventory.managers()[unit->manager];
    if (!manager.knows_gpus() && manager.registry() == nullptr) continue;
    const auto [entry, is_new] = known_.try_emplace(unit->serial);
    Known& known = entry->second;
    known.unit = unit.get();
    known.seen = pass_;
    known.asks = manager.knows_gpus();
    if (is_new) known.settled = !known.asks;
  }
  told_generations_.clear();
  std::erase_if(known_, [&](const auto& entry) { return entry.second.seen != pass_; });
  unsettled_.clear();
  for (auto& [serial, known] : known_) {
    if (!known.settled) unsettled_.push_back(&known);
  }
  return true;
}

bool GpuAllocations::follow_registries(const Inventory& inventory) {
  std::vector<std::uint64_t> generations;
  for (const auto& manager : inventory.managers()) {
    if (const Registry* registry = manager->registry()) generations.push_back(registry->generation());
  }
  if (generations == told_generations_) return false;
  told_generations_ = std::move(generations);
  bool changed = false;
  for (auto& [serial, known] : known_) {
    const Registry* registry = inventory.managers()[known.unit->manager]->registry();
    if (registry == nullptr) continue;
    std::optional<GpuClaim> told = registry->gpus(*known.unit);
    const bool was_told = known.evidence == Evidence::kManager;
    if (!told && !was_told) continue;
    if (was_told && told && *told == known.claim) continue;
    changed = true;
    known.evidence = told ? Evidence::kManager : Evidence::kNone;
    known.settled = told || !known.asks;
    known.looks = 0;
    known.permitted.reset();
    known.claim = std::move(told).value_or(GpuClaim());
  }
  unsettled_.clear();
  for (auto& [serial, known] : known_) {
    if (!known.settled) unsettled_.push_back(&known);
  }
  return changed;
}

bool GpuAllocations::follow_left_over(const Inventory& inventory) {
  std::uint64_t left_over = 0;
  for (const auto& unit : inventory.units()) {
    if (unit->left_over) left_over += unit->serial * 0x9E37'79B9'7F4A'7C15;
  }
  return std::exchange(left_over_, left_over) != left_over;
}

bool GpuAllocations::is_due(Known& known, bool everything, const std::vector<const std::string*>& roots) {
  if (known.unit->left_over) return false;
  if (known.looks < kEagerLooks) return true;
  // A new step may say what none has said yet.
  if (directories_below(known.unit->path, roots) != known.directories) return true;
  if (!everything || --known.wait > 0) return false;
  known.pause = std::min(2 * known.pause, kLongestPause);
  known.wait = known.pause;
  return true;
}

void GpuAllocations::look(const Inventory& inventory, bool everything) {
  const std::vector<const std::string*> roots = roots_of(inventory);
  std::vector<Known*> due;
  for (Known* known : unsettled_) {
    if (is_due(*known, everything, roots)) due.push_back(known);
  }
  if (due.empty()) return;
  const Clock::time_point deadline = Clock::now() + kPatience;
  unified_root_ = inventory.layout().unified_root;
  const auto capabilities = options_.use_device_programs ? std::span<const std::string_view>(kReadPrograms)
                                                         : std::span<const std::string_view>(kReadProcesses);
  base::run_privileged(capabilities, [&] {
    for (Known* known : due) {
      if (Clock::now() >= deadline) {
        // Next time, for whatever reason it was to be.
        known->looks = 0;
        continue;
      }
      ask_kernel(*known);
      ask(*known, *inventory.managers()[known->unit->manager], roots);
    }
  });
  std::erase_if(unsettled_, [](const Known* known) { return known->settled; });
}

void GpuAllocations::ask_kernel(Known& known) {
  const auto own = permitted_in(known.unit->path);
  if (known.permitted != own) changed_ = true;
  known.permitted = own;
  const Evidence before = known.evidence;
  // What is refused to everybody around says nothing about this unit, unless that is all there is.
  const bool none = own && std::ranges::find(*own, true) == own->end();
  const bool is_told = own && (none || own != permitted_in(base::parent_path(known.unit->path)));
  if (is_told) {
    known.evidence = Evidence::kCgroup;
  } else if (before == Evidence::kCgroup) {
    known.evidence = Evidence::kNone;
  }
  if (known.evidence != before) changed_ = true;
}

std::optional<std::vector<bool>> GpuAllocations::permitted_in(const std::string& path) const {
  const std::string file = base::join_path(options_.cgroupfs, "devices" + path + "/devices.list");
  const auto text = base::read_file(file);
  auto permissions = text ? DevicePermissions::parse(*text) : std::nullopt;
  if (!permissions && options_.use_device_programs && !unified_root_.empty()) {
    if (auto programs = device_programs_of(unified_root_ + path))
      permissions = DevicePermissions::of_programs(*std::move(programs));
  }
  if (!permissions) return std::nullopt;
  return permitted_slots(*permissions, majors_, mig_, slots_);
}

void GpuAllocations::ask(Known& known, const Manager& manager, const std::vector<const std::string*>& roots) {
  ++looks_;
  ++known.looks;
  known.directories = directories_below(known.unit->path, roots);
  const bool shares_count = !gres_.lines.empty();
  const auto is_complete = [&] {
    const bool named = known.evidence == Evidence::kCgroup || known.claim.is_whole;
    return named && (!shares_count || known.claim.shards || known.claim.mps_percent);
  };
  const GpuClaim before = known.claim;
  bool any_spoke = false;
  int asked = 0;
  const auto ask_process = [&](pid_t pid, const std::string& /*directory*/) {
    if (pid <= 0) return false;
    if (++asked > kMostProcesses) return true;
    const auto environment = read_environment(options_.procfs, pid);
    const auto said =
        environment ? manager.gpus_in_environment(known.unit->claim, *environment) : std::nullopt;
    if (!said) return false;
    any_spoke = true;
    merge(known.claim, *said);
    return is_complete();
  };
  if (!is_complete()) {
    for (const std::string* root : roots) {
      if (cgroup::find_process(*root + known.unit->path, ask_process) == cgroup::Search::kFound) break;
    }
  }
  if (known.evidence == Evidence::kNone && known.claim.names_gpus()) known.evidence = Evidence::kEnvironment;
  if (known.claim != before) changed_ = true;
  // A process that has the job's environment, whole, is all that will ever tell.
  const bool is_named = known.evidence == Evidence::kCgroup || known.claim.is_whole;
  known.settled = is_named && (any_spoke || is_complete() || known.looks >= kEagerLooks);
  if (any_spoke && !is_named) known.looks = std::max(known.looks, kEagerLooks);
}

void GpuAllocations::read_gres_conf() {
  const std::string& path = options_.gres_config_file;
  struct stat info{};
  std::pair<std::int64_t, std::int64_t> stamp{-1, -1};
  if (!path.empty() && ::stat(path.c_str(), &info) == 0) {
    stamp = {std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec,
             std::int64_t{info.st_size}};
  }
  if (stamp == gres_stamp_) return;
  gres_stamp_ = stamp;
  GresConf now;
  if (const auto text = base::read_file(path)) {
    GresOptions options;
    options.hostnames = options_.hostnames;
    options.compat = options_.compat;
    options.include = [&](const std::string& name) {
      const std::string file = name.starts_with('/') ? name : base::join_path(base::parent_path(path), name);
      return base::read_file(file).value_or("");
    };
    now = parse_gres_conf(*text, options);
  }
  if (now == gres_) return;
  gres_ = std::move(now);
  changed_ = true;
}

std::vector<std::size_t> GpuAllocations::slots_of(const Known& known) const {
  std::vector<std::size_t> slots;
  if (known.evidence == Evidence::kCgroup && known.permitted) {
    for (std::size_t i = 0; i < known.permitted->size(); ++i) {
      if ((*known.permitted)[i]) slots.push_back(i);
    }
    return slots;
  }
  slots = slots_of_claim(known.claim, slots_);
  if (known.permitted) std::erase_if(slots, [&](std::size_t slot) { return !(*known.permitted)[slot]; });
  return slots;
}

GpuRequest GpuAllocations::request_of(const Known& known) const {
  if (known.evidence == Evidence::kManager) return request_of_told(known.claim, slots_);
  return {.slots = slots_of(known), .shares = 0, .times = {}};
}

void GpuAllocations::share() {
  const std::vector<std::uint64_t> available = available_shares(gres_, mig_, slots_, options_.compat);
  std::vector<Known*> holders;
  for (auto& [serial, known] : known_) {
    if (!known.unit->left_over && known.evidence != Evidence::kNone) holders.push_back(&known);
  }
  std::ranges::sort(holders, {}, [](const Known* known) { return known->unit->serial; });
  std::vector<bool> proven(slots_.size(), false);
  std::vector<GpuRequest> requests;
  unmatched_ = 0;
  for (const Known* known : holders) {
    GpuRequest request = request_of(*known);
    if (known->evidence == Evidence::kManager) unmatched_ += unmatched_in(known->claim, slots_);
    if (gres_.has(GresType::kShard) && known->claim.shards) request.shares = *known->claim.shards;
    if (request.shares == 0 && gres_.has(GresType::kMps))
      request.shares = known->claim.mps_percent.value_or(0);
    if (known->evidence != Evidence::kEnvironment) {
      for (const std::size_t slot : request.slots)
        proven[slot] = true;
    }
    requests.push_back(std::move(request));
  }
  for (std::size_t i = 0; i < holders.size(); ++i) {
    if (holders[i]->evidence != Evidence::kEnvironment) continue;
    std::erase_if(requests[i].slots, [&](std::size_t slot) { return proven[slot] && available[slot] == 0; });
    if (!requests[i].slots.empty() || holders[i]->warned) continue;
    holders[i]->warned = true;
    logger_.warn("A unit names GPUs that it cannot hold", {{"unit", holders[i]->unit->claim.uuid}});
  }
  std::vector<GpuShare> shares = share_out(requests, available, options_.compat);
  std::ranges::sort(shares, {}, [](const GpuShare& one) { return std::pair(one.request, one.slot); });
  holdings_.clear();
  for (const GpuShare& one : shares)
    holdings_.push_back({.unit = holders[one.request]->unit, .slot = slots_[one.slot], .weight = one.weight});
  ++generation_;
}

GpuAllocationStats GpuAllocations::stats() const {
  GpuAllocationStats stats;
  stats.looks = looks_;
  stats.unmatched = unmatched_;
  for (const auto& [serial, known] : known_) {
    if (known.unit->left_over) continue;
    if (known.evidence == Evidence::kManager) ++stats.by_manager;
    if (known.evidence == Evidence::kCgroup) ++stats.by_cgroup;
    if (known.evidence == Evidence::kEnvironment) ++stats.by_environment;
    if (known.evidence == Evidence::kNone) ++stats.unknown;
  }
  return stats;
}

}  // namespace ceems::unit
