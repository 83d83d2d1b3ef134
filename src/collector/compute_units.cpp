#include "collector/compute_units.h"

#include "base/host.h"
#include "cgroup/block_devices.h"
#include "cgroup/descriptors.h"
#include "cgroup/machine.h"
#include "cgroup/unit_files.h"
#include "collector/compute_units_cpus.h"
#include "collector/compute_units_families.h"
#include "collector/compute_units_gpus.h"
#include "collector/compute_units_page.h"
#include "collector/compute_units_pods.h"
#include "collector/compute_units_rows.h"
#include "collector/unit_inventory.h"
#include "collector/unit_managers.h"
#include "unit/generic_config.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

using Clock = std::chrono::steady_clock;
using exposition::Emitter;
namespace f = unit_families;

// A cgroup's controllers are made one after the other: what a new unit lacks may come a moment later.
constexpr std::uint32_t kEagerReads = 3;
constexpr std::size_t kMostFailuresLogged = 5;  // in one scrape

unit::GpuAllocationOptions gpu_options(const NodeContext& node, const ComputeUnitsOptions& options) {
  unit::GpuAllocationOptions gpus;
  gpus.cgroupfs = node.cgroupfs;
  gpus.procfs = node.procfs;
  gpus.gres_config_file = options.gres_config_file;
  gpus.compat = node.compat;
  gpus.use_device_programs = options.gpu_device_rules;
  gpus.hostnames = host_names(node);
  return gpus;
}

unit::Managers managers_of(std::vector<UnitManager>& made) {
  unit::Managers managers;
  for (UnitManager& one : made)
    managers.push_back(std::move(one.manager));
  return managers;
}

std::vector<cgroup::ReadPlan> plans_of(const std::vector<UnitManager>& made) {
  std::vector<cgroup::ReadPlan> plans;
  for (const UnitManager& one : made)
    plans.push_back(one.plan);
  return plans;
}

bool any_extra(const std::vector<UnitManager>& made) {
  return std::ranges::any_of(made, [](const UnitManager& one) { return one.plan.extra; });
}

class ComputeUnitsCollector final : public Collector {
 public:
  ComputeUnitsCollector(const NodeContext& node, const ComputeUnitsOptions& options,
                        std::vector<UnitManager> made, base::Logger logger, cgroup::DescriptorBudget budget)
      : names_(unit_collectors(options)),
        needs_(unit_capability_needs(options)),
        comparable_output_(node.comparable_output),
        logger_(std::move(logger)),
        budget_(budget),
        machine_(node.procfs, node.sysfs),
        devices_(node.procfs, node.sysfs),
        huge_page_sizes_(any_extra(made) ? cgroup::huge_page_sizes(node.sysfs) : std::vector<std::string>{}),
        inventory_(inventory_options(node, options), managers_of(made), logger_),
        rows_(node.hostname, plans_of(made)),
        cpus_(node.compat) {
    if (options.gpus != nullptr)
      gpus_.emplace(node.hostname, options.gpus, gpu_options(node, options), logger_);
    for (std::size_t i = 0; i < made.size(); ++i) {
      const std::string& name = inventory_.managers()[i]->name();
      tallies_.push_back(
          Tally{.manager = i,
                .labels = exposition::render_labels({{"hostname", node.hostname}, {"manager", name}})});
      // What is alone in its collector is the collector's part that reads cgroups.
      outcomes_.push_back(Outcome{.collector = std::string(made[i].collector),
                                  .subcollector = made[i].collector == name ? "cgroup" : name});
      if (made[i].pods != nullptr) pods_ = made[i].pods;
    }
    for (const std::string_view collector : names_)
      outcomes_.push_back(Outcome{.collector = std::string(collector), .subcollector = ""});
    std::ranges::sort(tallies_, {}, [&](const Tally& tally) -> std::string_view {
      return inventory_.managers()[tally.manager]->name();
    });
  }

  std::string_view name() const override { return names_.front(); }
  std::span<const std::string_view> names() const override { return names_; }

  base::Status collect(const ScrapeContext& context) override {
    const Clock::time_point begin = Clock::now();
    const base::Status status = collect_units(context);
    const std::chrono::duration<double> took = Clock::now() - begin;
    for (Outcome& outcome : outcomes_) {
      if (!outcome.subcollector.empty()) {
        outcome.success = outcome.success && status;
        continue;
      }
      outcome.seconds = took.count();
      outcome.success = status.has_value();
    }
    return status;
  }

  void emit(Emitter& emitter) const override {
    emitter.begin(f::kUnits);
    for (const Tally& tally : tallies_)
      emitter.sample(tally.labels, tally.units);
    emit_units(rows_, emitter);
    if (gpus_) gpus_->emit(emitter);
    if (comparable_output_) return;
    emit_self(emitter);
    if (gpus_) gpus_->emit_self(emitter);
    if (pods_ != nullptr) emit_pods(*pods_, emitter);
  }

  std::span<const exposition::Family> families() const override { return f::all(); }
  std::span<const Outcome> outcomes() const override { return outcomes_; }
  void stop() override {
    inventory_.stop();
    if (gpus_) gpus_->stop();
  }
  std::vector<base::CapabilityNeed> needs() const override { return needs_; }

 private:
  struct Tally {
    std::size_t manager = 0;
    std::string labels;
    std::uint64_t units = 0;
    std::uint64_t failed = 0;
  };

  base::Status collect_units(const ScrapeContext& context) {
    const bool everything = inventory_.sync();
    rows_.follow(inventory_);
    if (gpus_) gpus_->sync(inventory_, rows_, everything);
    if (everything && devices_.refresh()) rows_.forget_device_names();
    if (everything) cpus_.look(inventory_, machine_.read());
    budget_.begin_pass();
    CEEMS_TRY_VOID(read_units(context, everything));
    rows_.sort_parts();
    tally();
    return {};
  }

  base::Status read_units(const ScrapeContext& context, bool everything) {
    constexpr std::size_t kReadsBetweenLooksAtTheClock = 64;
    const cgroup::ReadContext read{inventory_.layout(), machine_.read(), budget_, huge_page_sizes_, buffer_};
    new_failures_ = 0;
    for (Outcome& outcome : outcomes_)
      outcome.seconds = 0;
    std::size_t manager = inventory_.managers().size();
    Clock::time_point since = Clock::now();
    std::size_t reads = 0;
    // The time since the last change of manager is that manager's.
    const auto account = [&](std::size_t next) {
      const Clock::time_point now = Clock::now();
      if (manager < inventory_.managers().size()) {
        outcomes_[manager].seconds += std::chrono::duration<double>(now - since).count();
      }
      since = now;
      manager = next;
    };
    for (UnitRow* row : rows_.rows()) {
      if (++reads % kReadsBetweenLooksAtTheClock == 0 && Clock::now() >= context.deadline) {
        return base::fail(base::ErrorCode::kTimeout, "", "{} of {} units were read in time", reads,
                          rows_.rows().size());
      }
      if (row->unit->manager != manager) account(row->unit->manager);
      if (everything || row->reads < kEagerReads) row->files.retry_missing();
      read_unit(*row, read, everything);
    }
    account(inventory_.managers().size());
    if (new_failures_ > kMostFailuresLogged) {
      logger_.warn("More units cannot be read", {{"units", new_failures_ - kMostFailuresLogged}});
    }
    return {};
  }

  void read_unit(UnitRow& row, const cgroup::ReadContext& context, bool everything) {
    if (row.unit->left_over) {
      if (row.state != RowState::kLeftOver) row.files.close();
      row.state = RowState::kLeftOver;
      return;
    }
    // Some controller has dropped it already; if the tree still has it a good while later, it is looked at
    // anew.
    if (row.state == RowState::kEnded && !everything) return;
    ++row.reads;
    const RowState before = row.state;
    if (const base::Status status = row.files.read(context, row.usage); status) {
      row.state = RowState::kRead;
      rows_.update_parts(row, devices_);
      cpus_.update(row, *inventory_.managers()[row.unit->manager]);
      if (before == RowState::kFailed) logger_.info("A unit can be read again", {{"path", row.unit->path}});
    } else if (status.error().code == base::ErrorCode::kGone) {
      row.state = RowState::kEnded;
      row.files.close();
    } else {
      row.state = RowState::kFailed;
      if (before != RowState::kFailed && ++new_failures_ <= kMostFailuresLogged) {
        logger_.warn("A unit cannot be read", {{"err", status.error()}});
      }
    }
  }

  void tally() {
    std::vector<Tally*>& by_manager = scratch_;
    by_manager.resize(tallies_.size());
    for (Tally& tally : tallies_) {
      tally.units = 0;
      tally.failed = 0;
      by_manager[tally.manager] = &tally;
    }
    for (const UnitRow* row : rows_.rows()) {
      if (row->state == RowState::kEnded || row->state == RowState::kLeftOver) continue;
      Tally& tally = *by_manager[row->unit->manager];
      ++tally.units;
      if (row->state == RowState::kFailed) ++tally.failed;
    }
    // One broken unit says so itself; when all are, the manager's source is.
    for (const Tally& tally : tallies_)
      outcomes_[tally.manager].success = tally.units == 0 || tally.failed < tally.units;
  }

  void emit_self(Emitter& emitter) const {
    const unit::InventoryStats stats = inventory_.stats();
    emitter.begin(f::kSelfFiles);
    emitter.sample("{state=\"kept\"}", budget_.kept());
    emitter.sample("{state=\"reopened\"}", budget_.reopened());
    emitter.begin(f::kSelfDirectories);
    emitter.sample("{state=\"unwatched\"}", stats.tree.unwatched);
    emitter.sample("{state=\"watched\"}", stats.tree.watched);
    emitter.begin(f::kSelfEvents);
    emitter.sample("", stats.tree.events);
    emitter.begin(f::kSelfWalks);
    emitter.sample("{reason=\"lost events\"}", stats.tree.walks_after_loss);
    emitter.sample("{reason=\"periodic\"}", stats.tree.walks_periodic);
    emitter.sample("{reason=\"start\"}", stats.tree.walks_at_start);
    emitter.begin(f::kSelfLeftOut);
    emitter.sample("{reason=\"another inside\"}", stats.set_aside);
    emitter.sample("{reason=\"left over\"}", stats.left_over);
    emitter.sample("{reason=\"nameless\"}", stats.nameless);
    emitter.sample("{reason=\"same unit\"}", stats.in_shadow);
  }

  const std::vector<std::string_view> names_;
  const std::vector<base::CapabilityNeed> needs_;
  const bool comparable_output_;
  base::Logger logger_;
  cgroup::DescriptorBudget budget_;  // before the rows, whose files are counted in it
  cgroup::MachineReader machine_;
  cgroup::BlockDevices devices_;
  std::vector<std::string> huge_page_sizes_;
  std::vector<char> buffer_;
  unit::Inventory inventory_;
  UnitRows rows_;
  UnitCpus cpus_;
  std::optional<UnitGpus> gpus_;
  const unit::KubernetesRegistry* pods_ = nullptr;
  std::size_t new_failures_ = 0;  // in this scrape
  std::vector<Tally> tallies_;    // by manager's name
  std::vector<Tally*> scratch_;
  std::vector<Outcome> outcomes_;  // of the managers, in their order, then of the collectors
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_compute_units_collector(const NodeContext& node,
                                                                      const ComputeUnitsOptions& options) {
  const base::Logger logger = base::Logger().with("collector", unit_collectors(options).front());
  CEEMS_TRY(std::vector<UnitManager> managers, make_unit_managers(node, options, logger));
  cgroup::DescriptorBudget budget(options.most_descriptors);
  if (options.most_descriptors == 0) {
    // What may not be raised stays as it is.
    (void)base::raise_descriptor_limit();
    budget = cgroup::DescriptorBudget::of_process();
  }
  return std::make_unique<ComputeUnitsCollector>(node, options, std::move(managers), logger, budget);
}

base::Status check_generic_config(const std::string& path) {
  CEEMS_TRY_VOID(unit::load_generic_managers(path));
  return {};
}

}  // namespace ceems::collector
