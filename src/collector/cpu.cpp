#include "collector/cpu.h"

#include "base/file.h"
#include "collector/cpu_seconds.h"
#include "collector/cpu_topology.h"
#include "power/cpu_stat.h"

#include <array>
#include <optional>
#include <string>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kFamilies{
    Family{"ceems_cpu_count", MetricType::kGauge, "Number of logical CPUs that are online.", "hostname"},
    Family{"ceems_cpu_per_core_count", MetricType::kGauge, "Logical CPUs per physical core.", "hostname"},
    Family{"ceems_cpu_seconds_total", MetricType::kCounter, "Seconds that the CPUs spent in each mode.",
           "hostname,mode"},
};

class CpuCollector final : public Collector {
 public:
  explicit CpuCollector(const NodeContext& node)
      : stat_(base::join_path(node.procfs, "stat")),
        topology_(node),
        labels_(exposition::render_labels({{"hostname", node.hostname}})) {
    for (std::size_t i = 0; i < kCpuModes.size(); ++i)
      mode_labels_[i] = exposition::render_labels({{"hostname", node.hostname}, {"mode", kCpuModes[i]}});
  }

  std::string_view name() const override { return "cpu"; }
  std::span<const Family> families() const override { return kFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    cpus_ = 0;
    threads_per_core_ = topology_.threads_per_core();
    CEEMS_TRY(const power::CpuStat stat, stat_.read());
    cpus_ = stat.cpus;
    seconds_.update(stat.total, power::ticks_per_second());
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    if (threads_per_core_) {
      emitter.begin(kFamilies[1]);
      emitter.sample(labels_, *threads_per_core_);
    }
    if (cpus_ == 0) return;
    emitter.begin(kFamilies[0]);
    emitter.sample(labels_, cpus_);
    emitter.begin(kFamilies[2]);
    for (std::size_t i = 0; i < kCpuModes.size(); ++i)
      emitter.sample(mode_labels_[i], seconds_.seconds()[i]);
  }

 private:
  power::CpuStatFile stat_;
  CpuTopology topology_;
  std::string labels_;
  std::array<std::string, kCpuModes.size()> mode_labels_;
  CpuSeconds seconds_;
  std::uint32_t cpus_ = 0;  // 0: the last reading failed
  std::optional<double> threads_per_core_;
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_cpu_collector(const NodeContext& node,
                                                            const CpuOptions& /*options*/) {
  return std::make_unique<CpuCollector>(node);
}

}  // namespace ceems::collector
