// The units of a page: what was read of each, its label sets, rendered once for its life, and the orders that
// samples come in. Not thread-safe.
#pragma once

#include "base/log.h"
#include "cgroup/block_devices.h"
#include "cgroup/unit_files.h"
#include "cgroup/usage.h"
#include "unit/inventory.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ceems::collector {

enum class RowState : std::uint8_t { kUnread, kRead, kFailed, kEnded, kLeftOver };

struct UnitRow {
  // The label set of a series that a unit has several of: one for each device, or size of huge pages.
  struct Part {
    std::uint64_t number = 0;  // of a block device
    std::string name;          // the label's value
    std::string labels;
  };

  UnitRow(const unit::Unit& of, const cgroup::ReadPlan& read_plan)
      : unit(&of), plan(read_plan), files(of.path, plan) {}

  const unit::Unit* unit;
  unit::Belonging belonging;  // as in info_labels
  cgroup::ReadPlan plan;
  cgroup::UnitFiles files;
  cgroup::Usage usage;
  std::optional<double> cpus;  // that it was given; none: those of its cgroup
  std::uint64_t cpus_of = 0;   // the share that was made of
  RowState state = RowState::kUnread;
  std::uint32_t reads = 0;
  std::uint64_t seen = 0;
  std::string labels;
  std::string info_labels;  // empty if nobody can know whose the unit is
  std::vector<Part> io;     // as in usage
  std::vector<Part> rdma;
  std::vector<Part> huge_pages;
};

class UnitRows {
 public:
  // One of a unit's parts.
  struct PartOf {
    const UnitRow* row;
    std::size_t index;
  };

  // `plans` are those of the managers, in their order.
  UnitRows(std::string hostname, std::vector<cgroup::ReadPlan> plans)
      : hostname_(std::move(hostname)), plans_(std::move(plans)) {}

  // Makes rows for new units and forgets those of units that have ended.
  void follow(const unit::Inventory& inventory);
  // After a row was read: label sets for parts that are new.
  void update_parts(UnitRow& row, cgroup::BlockDevices& devices);
  // Device names have changed.
  void forget_device_names();
  // Before emission, when parts may have changed.
  void sort_parts();

  // nullptr if there is none.
  const UnitRow* find(std::uint64_t serial) const {
    const auto found = by_serial_.find(serial);
    return found == by_serial_.end() ? nullptr : found->second.get();
  }

  // By label values: virtual node, manager, uuid.
  const std::vector<UnitRow*>& rows() const { return rows_; }
  // Those that have an info metric, in the order of its labels.
  const std::vector<UnitRow*>& info_order() const { return info_order_; }
  const std::vector<PartOf>& io_order() const { return io_order_; }
  const std::vector<PartOf>& rdma_order() const { return rdma_order_; }
  const std::vector<PartOf>& huge_page_order() const { return huge_page_order_; }
  std::string_view manager_of(const UnitRow& row) const { return managers_[row.unit->manager]->name(); }

 private:
  void render(UnitRow& row) const;
  std::string render_part(const UnitRow& row, std::string_view label, std::string_view value) const;

  std::string hostname_;
  std::vector<cgroup::ReadPlan> plans_;
  std::vector<const unit::Manager*> managers_;
  std::unordered_map<std::uint64_t, std::unique_ptr<UnitRow>> by_serial_;
  std::vector<UnitRow*> rows_;
  std::vector<UnitRow*> info_order_;
  std::vector<PartOf> io_order_;
  std::vector<PartOf> rdma_order_;
  std::vector<PartOf> huge_page_order_;
  std::uint64_t generation_ = ~std::uint64_t{0};
  std::uint64_t pass_ = 0;
  bool parts_changed_ = false;
};

}  // namespace ceems::collector
