#include "unit/inventory.h"

#include "base/privilege.h"
#include "cgroup/processes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ceems::unit {

namespace {

using Clock = std::chrono::steady_clock;

// A new cgroup gets its first process a moment later; one that has none after so many scrapes is asked only
// now and then.
constexpr int kEagerAttempts = 5;

// In one sync.
constexpr int kMostRenamings = 16;

constexpr std::array<std::string_view, 2> kReadProcesses{"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"};
// How long all lookups of one sync together may wait for a directory service.
constexpr auto kPatience = std::chrono::milliseconds(20);

cgroup::Tree::Options tree_options(const std::string& root, Clock::duration walk_interval) {
  cgroup::Tree::Options options;
  options.root = root;
  options.walk_interval = walk_interval;
  return options;
}

}  // namespace

Inventory::Hierarchy::Hierarchy(std::string directory, const Inventory& of, UnitTable& table,
                                const base::Logger& logger)
    : root(std::move(directory)),
      tree(tree_options(root, of.options_.walk_interval), logger),
      claims(of.managers_, table, tree, logger) {}

Inventory::Inventory(InventoryOptions options, Managers managers, base::Logger logger)
    : options_(std::move(options)),
      managers_(std::move(managers)),
      logger_(std::move(logger)),
      table_(logger_),
      occupants_(options_.procfs) {
  any_ends_with_its_processes_ =
      std::ranges::any_of(managers_, [](const auto& manager) { return manager->ends_with_its_processes(); });
  any_needs_owner_ =
      std::ranges::any_of(managers_, [](const auto& manager) { return manager->needs_owner(); });
  for (std::size_t i = 0; i < managers_.size(); ++i) {
    if (Registry* registry = managers_[i]->registry())
      registered_.push_back(
          {.manager = i, .registry = registry, .units = {}, .generation = ~std::uint64_t{0}});
  }
  find_hierarchies();
}

void Inventory::find_hierarchies() {
  cgroup::Layout now =
      cgroup::detect_layout(options_.cgroupfs, options_.force_version, options_.active_subsystem);
  if (now == layout_) return;
  layout_ = std::move(now);
  hierarchies_.clear();
  for (const std::string& root : {layout_.active_root, layout_.unified_root}) {
    if (!root.empty()) hierarchies_.push_back(std::make_unique<Hierarchy>(root, *this, table_, logger_));
  }
}

bool Inventory::sync() {
  const bool everything = sync_hierarchies();
  identify(everything);
  if (!registered_.empty()) {
    // A unit that gets its own uuid may have been in the light of another of the same name.
    for (int rounds = 0; ask_registries(everything && rounds == 0) && rounds < kMostRenamings; ++rounds) {
    }
  }
  if (any_ends_with_its_processes_) look_for_processes(everything);
  if (any_needs_owner_) find_owners(everything);
  return everything;
}

bool Inventory::sync_hierarchies() {
  if (hierarchies_.empty()) find_hierarchies();
  bool everything = false;
  for (const auto& hierarchy : hierarchies_)
    everything |= hierarchy->claims.sync();
  if (everything) {
    const cgroup::Layout before = layout_;
    find_hierarchies();
    if (layout_ != before) {
      for (const auto& hierarchy : hierarchies_)
        hierarchy->claims.sync();
    }
  }
  return everything;
}

void Inventory::identify(bool everything) {
  struct Question {
    Claims& claims;
    Claims::Nameless nameless;
    std::optional<std::string> uuid;
  };
  std::vector<Question> questions;
  for (const auto& hierarchy : hierarchies_) {
    for (Claims::Nameless& nameless : hierarchy->claims.nameless(everything))
      questions.push_back({hierarchy->claims, std::move(nameless), std::nullopt});
  }
  if (questions.empty()) return;
  // A process may be in another place in each v1 hierarchy, and in some in none.
  std::vector<std::string> roots;
  using enum cgroup::Controller;
  for (const std::string& root : {layout_.active_root, layout_.unified_root, layout_.legacy_root(kMemory),
                                  layout_.legacy_root(kCpuset)}) {
    if (!root.empty() && std::ranges::find(roots, root) == roots.end()) roots.push_back(root);
  }
  base::run_privileged(kReadProcesses, [&] {
    for (Question& question : questions) {
      const Manager& manager = *managers_[question.nameless.manager];
      for (const std::string& root : roots) {
        if (question.uuid) break;
        cgroup::find_process(root + question.nameless.path, [&](pid_t pid, const std::string& directory) {
          if (pid > 0) question.uuid = manager.identify(options_.procfs, pid, directory);
          return question.uuid.has_value();
        });
      }
    }
  });
  for (Question& question : questions) {
    if (question.uuid) question.claims.identify(question.nameless, *std::move(question.uuid));
  }
}

// True if there are others than before.
bool Inventory::gather_registered() {
  if (table_.generation() == registered_generation_) return false;
  registered_generation_ = table_.generation();
  for (Registered& one : registered_) {
    one.units.clear();
    for (const auto& unit : table_.units()) {
      if (unit->manager == one.manager) one.units.push_back(unit.get());
    }
  }
  return true;
}

// True if units are other ones now.
bool Inventory::ask_registries(bool everything) {
  const bool are_others = gather_registered();
  std::vector<std::pair<const Unit*, std::string>> renamed;
  for (Registered& one : registered_) {
    one.registry->follow(one.units, everything);
    const std::uint64_t generation = one.registry->generation();
    if (!are_others && generation == one.generation) continue;
    one.generation = generation;
    for (const Unit* unit : one.units) {
      auto uuid = one.registry->uuid(*unit);
      if (uuid && !uuid->empty() && *uuid != unit->claim.uuid) renamed.emplace_back(unit, *std::move(uuid));
    }
  }
  for (const auto& [unit, uuid] : renamed)
    table_.rename(*unit, uuid);
  return !renamed.empty();
}

void Inventory::stop() {
  for (const Registered& one : registered_)
    one.registry->stop();
}

void Inventory::look_for_processes(bool everything) {
  std::vector<const std::string*> roots;
  for (const auto& hierarchy : hierarchies_)
    roots.push_back(&hierarchy->root);
  std::vector<const Unit*> empty;
  std::size_t abandoned = 0;
  const Unit* first_abandoned = nullptr;
  left_over_ = 0;
  for (const auto& unit : table_.units()) {
    if (!managers_[unit->manager]->ends_with_its_processes()) continue;
    const int looks_before = unit->occupancy.empty_looks;
    unit->left_over = !occupants_.look(unit->occupancy, unit->path, roots, everything);
    if (!unit->left_over) continue;
    ++left_over_;
    if (table_.in_shadow() > 0) empty.push_back(unit.get());
    if (looks_before < Occupants::kEagerLooks && unit->occupancy.empty_looks == Occupants::kEagerLooks) {
      ++abandoned;
      first_abandoned = unit.get();
    }
  }
  if (abandoned > 0) {
    logger_.warn("Cgroups without processes were left behind: they are no units any more",
                 {{"cgroups", abandoned}, {"one", first_abandoned->path}});
  }
  for (const Unit* unit : empty) {
    const auto is_occupied = [&](const std::string& path) { return occupants_.any(path, roots); };
    if (!table_.pass_on(*unit, is_occupied)) continue;
    --left_over_;
    Unit& heir = *table_.units().back();
    heir.left_over = !occupants_.look(heir.occupancy, heir.path, roots, everything);
  }
}

void Inventory::find_owners(bool everything) {
  const Clock::time_point deadline = Clock::now() + kPatience;
  for (const auto& unit : table_.units()) {
    if (unit->owner_known || !managers_[unit->manager]->needs_owner()) continue;
    if (unit->owner_attempts >= kEagerAttempts && !everything) continue;
    ++unit->owner_attempts;
    if (find_owner(*unit, deadline)) ++owners_found_;
  }
}

bool Inventory::find_owner(Unit& unit, Clock::time_point deadline) {
  for (const auto& hierarchy : hierarchies_) {
    const std::optional<pid_t> pid = cgroup::first_process(hierarchy->root + unit.path);
    if (!pid) continue;
    const auto uid = cgroup::process_owner(options_.procfs, *pid);
    if (!uid) return false;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    const auto name = user_names_.name(*uid, std::max(left, std::chrono::milliseconds(0)));
    if (!name) return false;
    unit.belonging = managers_[unit.manager]->belonging(unit.claim, *name);
    unit.owner_known = true;
    return true;
  }
  return false;
}

InventoryStats Inventory::stats() const {
  InventoryStats sum;
  for (const auto& hierarchy : hierarchies_) {
    const cgroup::TreeStats tree = hierarchy->tree.stats();
    sum.tree.events += tree.events;
    sum.tree.walks_at_start += tree.walks_at_start;
    sum.tree.walks_after_loss += tree.walks_after_loss;
    sum.tree.walks_periodic += tree.walks_periodic;
    sum.tree.directories += tree.directories;
    sum.tree.watched += tree.watched;
    sum.tree.unwatched += tree.unwatched;
    sum.set_aside += hierarchy->claims.set_aside();
    sum.nameless += hierarchy->claims.nameless_count();
  }
  sum.left_over = left_over_;
  sum.in_shadow = table_.in_shadow();
  return sum;
}

}  // namespace ceems::unit
