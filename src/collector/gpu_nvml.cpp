#include "collector/gpu_nvml.h"

#include "collector/gpu_nvml_families.h"
#include "collector/gpu_nvml_page.h"
#include "gpu/nvml_sampler.h"

#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

using gpu::NvmlSampler;
using gpu::NvmlState;

constexpr std::string_view kName = "gpu.nvml";
constexpr std::chrono::milliseconds kShortestInterval{100};
// What an ordinary look at eight GPUs takes, several times over.
constexpr std::chrono::milliseconds kStopGrace{1'000};

gpu::NvmlSamplerOptions sampler_options(const GpuNvmlOptions& options) {
  gpu::NvmlSamplerOptions to;
  if (!options.library.empty()) to.libraries = {options.library};
  to.interval = options.interval;
  to.read.profiling = options.profiling;
  to.read.pcie_throughput = options.pcie_throughput;
  return to;
}

class GpuNvmlCollector final : public Collector {
 public:
  GpuNvmlCollector(const NodeContext& node, std::shared_ptr<NvmlSampler> sampler)
      : sampler_(std::move(sampler)), page_(node.hostname) {}

  std::string_view name() const override { return kName; }
  std::span<const exposition::Family> families() const override { return gpu_nvml_families::all(); }

  base::Status collect(const ScrapeContext& /*context*/) override {
    const auto begin = NvmlSampler::Clock::now();
    sampler_->start();
    NvmlSampler::View view = sampler_->view();
    const bool failing = view.state == NvmlState::kFailed || view.state == NvmlState::kStale;
    page_.set(std::move(view));
    const std::chrono::duration<double> took = NvmlSampler::Clock::now() - begin;
    // Self-metrics are told also when the GPUs can't be read.
    outcomes_ = {{std::string(kName), "", took.count(), !failing}};
    return {};
  }

  void emit(exposition::Emitter& emitter) const override { page_.emit(emitter); }
  std::span<const Outcome> outcomes() const override { return outcomes_; }
  void stop() override { left_behind_ = !sampler_->stop(kStopGrace); }
  bool left_thread_behind() const override { return left_behind_; }

 private:
  std::shared_ptr<NvmlSampler> sampler_;
  GpuNvmlPage page_;
  std::vector<Outcome> outcomes_;
  bool left_behind_ = false;
};

}  // namespace

base::Result<std::shared_ptr<gpu::NvmlSampler>> make_nvml_sampler(const GpuNvmlOptions& options) {
  if (options.interval < kShortestInterval)
    return base::fail(base::ErrorCode::kInvalid, "--collector.gpu.nvml.interval", "at least {} ms",
                      kShortestInterval.count());
  return std::make_shared<NvmlSampler>(sampler_options(options), base::Logger().with("collector", kName));
}

std::unique_ptr<Collector> make_gpu_nvml_collector(const NodeContext& node,
                                                   std::shared_ptr<gpu::NvmlSampler> sampler) {
  return std::make_unique<GpuNvmlCollector>(node, std::move(sampler));
}

base::Result<std::unique_ptr<Collector>> make_gpu_nvml_collector(const NodeContext& node,
                                                                 const GpuNvmlOptions& options) {
  CEEMS_TRY(std::shared_ptr<NvmlSampler> sampler, make_nvml_sampler(options));
  return make_gpu_nvml_collector(node, std::move(sampler));
}

}  // namespace ceems::collector
