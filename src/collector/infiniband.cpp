#include "collector/infiniband.h"

#include "base/file.h"
#include "collector/infiniband_families.h"
#include "collector/infiniband_tree.h"
#include "collector/source_table.h"

#include <string>
#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

using exposition::Family;
using infiniband_families::kFamilies;

class InfinibandCollector final : public Collector {
 public:
  explicit InfinibandCollector(const NodeContext& node)
      : directory_(base::join_path(node.sysfs, "class/infiniband")) {}

  std::string_view name() const override { return "infiniband"; }
  std::span<const Family> families() const override { return kFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    ports_.clear_values();
    devices_.clear_values();
    CEEMS_TRY(const InfinibandTree tree, read_infiniband(directory_));
    if (tree.devices.empty())
      return base::fail(base::ErrorCode::kNoData, "", "no InfiniBand on this machine");
    set_rows(tree);
    for (std::size_t row = 0; row < tree.devices.size(); ++row)
      devices_.set(row, 0, 1);
    for (std::size_t row = 0; row < tree.ports.size(); ++row) {
      const InfinibandPort& port = tree.ports[row];
      if (port.state) ports_.set(row, infiniband_families::kState, *port.state);
      if (port.physical_state) ports_.set(row, infiniband_families::kPhysicalState, *port.physical_state);
      if (port.rate_bytes_per_second)
        ports_.set(row, infiniband_families::kRate, static_cast<double>(*port.rate_bytes_per_second));
      for (std::size_t i = 0; i < port.counters.size(); ++i) {
        if (port.counters[i])
          ports_.set(row, infiniband_families::kFirstCounter + i, static_cast<double>(*port.counters[i]));
      }
    }
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    ports_.emit(emitter);
    devices_.emit(emitter);
  }

 private:
  void set_rows(const InfinibandTree& tree) {
    std::vector<RowLabels> ports;
    for (const InfinibandPort& port : tree.ports)
      ports.push_back({{"device", port.device}, {"port", port.port}});
    if (ports != port_rows_) {
      ports_.set_rows(ports);
      port_rows_ = std::move(ports);
    }
    std::vector<RowLabels> devices;
    for (const InfinibandDevice& device : tree.devices)
      devices.push_back({{"board_id", device.board_id},
                         {"device", device.name},
                         {"firmware_version", device.firmware_version},
                         {"hca_type", device.hca_type}});
    if (devices != device_rows_) {
      devices_.set_rows(devices);
      device_rows_ = std::move(devices);
    }
  }

  const std::string directory_;
  SourceTable ports_{std::span(kFamilies).first(kFamilies.size() - 1)};
  SourceTable devices_{std::span(kFamilies).last(1)};
  std::vector<RowLabels> port_rows_;
  std::vector<RowLabels> device_rows_;
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_infiniband_collector(const NodeContext& node) {
  return std::make_unique<InfinibandCollector>(node);
}

}  // namespace ceems::collector
