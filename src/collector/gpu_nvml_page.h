// Writes what was read of the GPUs onto the page. Label sets are rendered when the inventory changes. Not
// thread-safe.
#pragma once

#include "exposition/emitter.h"
#include "gpu/nvml_sampler.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ceems::collector {

class GpuNvmlPage {
 public:
  explicit GpuNvmlPage(std::string hostname);

  void set(gpu::NvmlSampler::View view);
  void emit(exposition::Emitter& emitter) const;

 private:
  struct DeviceRow {  // sorted by UUID, which is the order of all labels
    std::size_t device = 0;
    std::string dcgm;                  // labels of dcgm-exporter
    std::string own;                   // gpuuuid, hostname
    std::vector<std::string> reasons;  // and reason
  };
  struct PartRow {  // sorted by its labels
    std::size_t device = 0;
    std::size_t part = 0;
    std::string labels;
  };
  struct ProcessRow {
    PartRow row;
    std::optional<std::uint64_t> gpu::NvmlProcesses::* count;
  };

  void render();
  void render_part(std::size_t device, std::size_t part);
  std::string dcgm_labels(const gpu::NvmlDevice& device, const gpu::NvmlPart* part) const;
  std::string info_labels(const gpu::NvmlDevice& device, const gpu::NvmlPart* part) const;
  void emit_self(exposition::Emitter& emitter) const;
  void emit_devices(exposition::Emitter& emitter) const;
  void emit_own(exposition::Emitter& emitter) const;
  void emit_parts(exposition::Emitter& emitter) const;
  void emit_xids(exposition::Emitter& emitter) const;

  const gpu::NvmlDevice& device(std::size_t i) const { return view_.snapshot->devices[i]; }
  const gpu::NvmlPart& part(const PartRow& row) const { return device(row.device).parts[row.part]; }

  const std::string hostname_;
  const std::string host_labels_;
  gpu::NvmlSampler::View view_;
  std::vector<bool> presence_;  // of the devices that the rows were made for
  std::uint64_t generation_ = 0;
  std::vector<DeviceRow> devices_;
  std::vector<PartRow> parts_;      // with the labels of dcgm-exporter
  std::vector<PartRow> own_parts_;  // gpuiid, gpuuuid, hostname
  std::vector<ProcessRow> processes_;
  std::vector<std::string> infos_;
};

}  // namespace ceems::collector
