#include "collector/power_model.h"

#include "base/file.h"
#include "power/cpu_info.h"
#include "power/cpu_power.h"
#include "power/cpu_stat.h"
#include "power/energy_estimate.h"
#include "power/ticker.h"

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kFamilies{
    Family{"ceems_estimated_energy_joules_total", MetricType::kCounter,
           "Energy of the node's processors by a model, in joules. An estimate.", "domain,hostname,model"},
    Family{"ceems_estimated_power_watts", MetricType::kGauge,
           "Power of the node's processors by a model, in watts. An estimate.", "domain,hostname,model"},
};

class PowerModelCollector final : public Collector {
 public:
  PowerModelCollector(const NodeContext& node, PowerModelOptions options, power::PowerRange range)
      : options_(std::move(options)),
        labels_(exposition::render_labels(
            {{"domain", "package"}, {"hostname", node.hostname}, {"model", "linear:" + range.origin}})),
        stat_(base::join_path(node.procfs, "stat")),
        estimate_(std::move(range)) {
    // The account starts now, not with the first scrape.
    (void)observe();
  }

  std::string_view name() const override { return "power-model"; }
  std::span<const Family> families() const override { return kFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    silent_ = true;
    if (!ticker_) ticker_.emplace(options_.tick, [this] { (void)observe(); });
    CEEMS_TRY(const bool observed, observe());
    if (!observed) return {};
    const std::lock_guard lock(mutex_);
    energy_microjoules_ = estimate_.energy_microjoules();
    watts_ = estimate_.watts();
    silent_ = false;
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    if (silent_) return;
    emitter.begin(kFamilies[0]);
    emitter.sample(labels_, static_cast<double>(energy_microjoules_) / 1e6);
    if (!watts_) return;
    emitter.begin(kFamilies[1]);
    emitter.sample(labels_, *watts_);
  }

  void stop() override { ticker_.reset(); }

 private:
  // False where a meter does better.
  base::Result<bool> observe() {
    const std::lock_guard lock(mutex_);
    if (!options_.beside_meter && options_.meter_present && options_.meter_present()) {
      estimate_.pause();
      return false;
    }
    CEEMS_TRY(const power::CpuStat stat, stat_.read());
    estimate_.observe(stat.total, std::chrono::steady_clock::now());
    return true;
  }

  const PowerModelOptions options_;
  const std::string labels_;
  // What was last collected, for emit().
  bool silent_ = true;
  std::uint64_t energy_microjoules_ = 0;
  std::optional<double> watts_;

  std::mutex mutex_;  // guards the two below, which the ticker uses too
  power::CpuStatFile stat_;
  power::EnergyEstimate estimate_;
  std::optional<power::Ticker> ticker_;  // the last member: it uses the others
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_power_model_collector(const NodeContext& node,
                                                                    const PowerModelOptions& options) {
  power::CpuInfo cpu;
  if (auto info = power::read_cpu_info(base::join_path(node.procfs, "cpuinfo"))) {
    cpu = *std::move(info);
  } else {
    // Without an identity there is still a number of processors to multiply the averages with.
    base::Logger().with("collector", "power-model").warn("processor is not known", {{"error", info.error()}});
    CEEMS_TRY(const power::CpuStat stat, power::CpuStatFile(base::join_path(node.procfs, "stat")).read());
    cpu.logical = stat.cpus;
  }
  CEEMS_TRY(power::PowerRange range, power::find_power_range(cpu, {options.idle_watts, options.max_watts}));
  base::Logger()
      .with("collector", "power-model")
      .info("power model", {{"model", "linear:" + range.origin},
                            {"idle_watts", range.idle_watts},
                            {"full_watts", range.full_watts}});
  return std::make_unique<PowerModelCollector>(node, options, std::move(range));
}

}  // namespace ceems::collector
