#include "collector/compute_units_rows.h"

#include "exposition/emitter.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace ceems::collector {

namespace {

using exposition::render_labels;
using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;

std::uint64_t number_of(const cgroup::DeviceIo& device) {
  return (std::uint64_t{device.major} << 32) | device.minor;
}

}  // namespace

void UnitRows::follow(const unit::Inventory& inventory) {
  if (inventory.generation() == generation_) return;
  generation_ = inventory.generation();
  ++pass_;
  managers_.clear();
  for (const auto& manager : inventory.managers())
    managers_.push_back(manager.get());
  rows_.clear();
  for (const auto& unit : inventory.units()) {
    std::unique_ptr<UnitRow>& row = by_serial_[unit->serial];
    const bool is_new = row == nullptr;
    if (is_new) row = std::make_unique<UnitRow>(*unit, plans_[unit->manager]);
    if (is_new || row->belonging != unit->belonging) render(*row);
    row->seen = pass_;
    rows_.push_back(row.get());
  }
  std::erase_if(by_serial_, [&](const auto& entry) { return entry.second->seen != pass_; });
  info_order_.clear();
  std::ranges::copy_if(rows_, std::back_inserter(info_order_),
                       [](const UnitRow* row) { return !row->info_labels.empty(); });
  const auto key = [this](const UnitRow* row) {
    const unit::Claim& claim = row->unit->claim;
    return std::tuple<std::string_view, std::string_view, std::string_view>(claim.cgrouphostname,
                                                                            manager_of(*row), claim.uuid);
  };
  const auto info_key = [this](const UnitRow* row) {
    const unit::Claim& claim = row->unit->claim;
    return std::tuple<std::string_view, std::string_view, std::string_view, std::string_view,
                      std::string_view, std::string_view>(claim.cgrouphostname, manager_of(*row), claim.name,
                                                          row->belonging.project, row->belonging.user,
                                                          claim.uuid);
  };
  std::ranges::sort(rows_, {}, key);
  std::ranges::sort(info_order_, {}, info_key);
  parts_changed_ = true;
}

void UnitRows::render(UnitRow& row) const {
  const unit::Claim& claim = row.unit->claim;
  row.belonging = row.unit->belonging;
  row.labels = render_labels({{"cgrouphostname", claim.cgrouphostname},
                              {"hostname", hostname_},
                              {"manager", manager_of(row)},
                              {"uuid", claim.uuid}});
  if (!managers_[row.unit->manager]->knows_owners()) return;
  row.info_labels = render_labels({{"cgrouphostname", claim.cgrouphostname},
                                   {"hostname", hostname_},
                                   {"manager", manager_of(row)},
                                   {"name", claim.name},
                                   {"project", row.belonging.project},
                                   {"user", row.belonging.user},
                                   {"uuid", claim.uuid}});
}

std::string UnitRows::render_part(const UnitRow& row, std::string_view label, std::string_view value) const {
  const unit::Claim& claim = row.unit->claim;
  return render_labels({{"cgrouphostname", claim.cgrouphostname},
                        {"hostname", hostname_},
                        {"manager", manager_of(row)},
                        {"uuid", claim.uuid},
                        {label, value}});
}

void UnitRows::update_parts(UnitRow& row, cgroup::BlockDevices& devices) {
  // In steady state the same devices come in the same order, and nothing is rendered.
  const auto resize = [&](std::vector<UnitRow::Part>& parts, std::size_t size) {
    if (parts.size() != size) parts_changed_ = true;
    parts.resize(size);
  };
  const auto set = [&](UnitRow::Part& part, std::string_view label, std::string_view name) {
    part.name = name;
    part.labels = render_part(row, label, name);
    parts_changed_ = true;
  };
  resize(row.io, row.usage.io.size());
  for (std::size_t i = 0; i < row.io.size(); ++i) {
    UnitRow::Part& part = row.io[i];
    const cgroup::DeviceIo& device = row.usage.io[i];
    if (!part.labels.empty() && part.number == number_of(device)) continue;
    part.number = number_of(device);
    std::string_view name = devices.name(device.major, device.minor);
    // Two devices of one name would be one series.
    const std::string numbers = fmt::format("{}:{}", device.major, device.minor);
    if (std::any_of(row.io.begin(), row.io.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const UnitRow::Part& other) { return other.name == name; })) {
      name = numbers;
    }
    set(part, "device", name);
  }
  resize(row.rdma, row.usage.rdma.size());
  for (std::size_t i = 0; i < row.rdma.size(); ++i) {
    if (row.rdma[i].name != row.usage.rdma[i].device) set(row.rdma[i], "device", row.usage.rdma[i].device);
  }
  const std::vector<cgroup::HugePages>& huge_pages = row.usage.extra.huge_pages;
  resize(row.huge_pages, huge_pages.size());
  for (std::size_t i = 0; i < row.huge_pages.size(); ++i) {
    if (row.huge_pages[i].name != huge_pages[i].page_size) {
      set(row.huge_pages[i], "pagesize", huge_pages[i].page_size);
    }
  }
}

void UnitRows::forget_device_names() {
  for (UnitRow* row : rows_)
    row->io.clear();
}

void UnitRows::sort_parts() {
  if (!parts_changed_) return;
  parts_changed_ = false;
  const auto gather = [this](std::vector<PartOf>& order, std::vector<UnitRow::Part> UnitRow::* parts) {
    order.clear();
    for (const UnitRow* row : rows_) {
      for (std::size_t i = 0; i < (row->*parts).size(); ++i)
        order.push_back(PartOf{row, i});
    }
  };
  // In the order of the labels' names: cgrouphostname, device, manager, pagesize, uuid.
  const auto by_device = [this](std::vector<UnitRow::Part> UnitRow::* parts) {
    return [this, parts](const PartOf& part) {
      const unit::Claim& claim = part.row->unit->claim;
      const std::string& device = (part.row->*parts)[part.index].name;
      return Key(claim.cgrouphostname, device, manager_of(*part.row), claim.uuid);
    };
  };
  gather(io_order_, &UnitRow::io);
  std::ranges::sort(io_order_, {}, by_device(&UnitRow::io));
  gather(rdma_order_, &UnitRow::rdma);
  std::ranges::sort(rdma_order_, {}, by_device(&UnitRow::rdma));
  gather(huge_page_order_, &UnitRow::huge_pages);
  std::ranges::sort(huge_page_order_, {}, [this](const PartOf& part) {
    const unit::Claim& claim = part.row->unit->claim;
    const std::string& size = part.row->huge_pages[part.index].name;
    return Key(claim.cgrouphostname, manager_of(*part.row), size, claim.uuid);
  });
}

}  // namespace ceems::collector
