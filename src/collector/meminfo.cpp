#include "collector/meminfo.h"

#include "base/file.h"
#include "collector/meminfo_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::array kFamilies{
    Family{"ceems_meminfo_MemAvailable_bytes", MetricType::kGauge, "Field of /proc/meminfo of the same name.",
           "hostname"},
    Family{"ceems_meminfo_MemFree_bytes", MetricType::kGauge, "Field of /proc/meminfo of the same name.",
           "hostname"},
    Family{"ceems_meminfo_MemTotal_bytes", MetricType::kGauge, "Field of /proc/meminfo of the same name.",
           "hostname"},
};
constexpr std::array<std::string_view, 3> kDefaultKeys{"MemAvailable", "MemFree", "MemTotal"};

class MeminfoCollector final : public Collector {
 public:
  MeminfoCollector(const NodeContext& node, const MeminfoOptions& options)
      : file_(base::join_path(node.procfs, "meminfo")),
        labels_(exposition::render_labels({{"hostname", node.hostname}})),
        all_stats_(options.all_stats) {}

  std::string_view name() const override { return "meminfo"; }
  std::span<const Family> families() const override { return kFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    for (Sample& sample : samples_)
      sample.present = false;
    CEEMS_TRY(auto fields, file_.read());
    if (!all_stats_) {
      std::erase_if(fields, [](const MemoryField& field) {
        return std::ranges::find(kDefaultKeys, field.key) == kDefaultKeys.end();
      });
    }
    if (fields.empty()) return base::fail(base::ErrorCode::kNoData, "", "no field that is asked for");
    // The kernel tells the same fields in the same order each time: names are made once.
    if (!std::ranges::equal(samples_, fields, {}, &Sample::key, &MemoryField::key)) rename(fields);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      samples_[i].value = fields[i].number();
      samples_[i].present = !samples_[i].name.empty();
    }
    return {};
  }

  void emit(exposition::Emitter& emitter) const override {
    for (const Sample& sample : samples_) {
      if (!sample.present) continue;
      emitter.begin({sample.name, MetricType::kGauge, kFamilies[0].help, kFamilies[0].labels});
      emitter.sample(labels_, sample.value);
    }
  }

 private:
  struct Sample {
    std::string key;
    std::string name;  // of the metric; empty if the key can't be part of one
    double value = 0;
    bool present = false;
  };

  void rename(const std::vector<MemoryField>& fields) {
    samples_.clear();
    for (const MemoryField& field : fields) {
      const std::string part = meminfo_metric_part(field);
      std::string name = part.empty() ? "" : "ceems_meminfo_" + part;
      // Two keys may make one name; the first has it.
      if (std::ranges::find(samples_, name, &Sample::name) != samples_.end()) name.clear();
      samples_.push_back({std::string(field.key), std::move(name), 0, false});
    }
  }

  MeminfoFile file_;
  std::string labels_;
  bool all_stats_;
  std::vector<Sample> samples_;
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_meminfo_collector(const NodeContext& node,
                                                                const MeminfoOptions& options) {
  return std::make_unique<MeminfoCollector>(node, options);
}

}  // namespace ceems::collector
