#include "collector/rapl.h"

#include "base/file.h"
#include "collector/privileged_file.h"
#include "collector/rapl_families.h"
#include "power/rapl.h"
#include "power/ticker.h"

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

namespace ceems::collector {

namespace {

// As the zones' paths are shown: as typed, but without detours.
std::string powercap_directory(const NodeContext& node, const RaplOptions& options) {
  const std::string& sysfs = options.sysfs.empty() ? node.sysfs : options.sysfs;
  return std::filesystem::path(base::join_path(sysfs, "class/powercap")).lexically_normal().string();
}

class RaplCollector final : public Collector {
 public:
  RaplCollector(const NodeContext& node, const RaplOptions& options)
      : options_(options),
        log_(base::Logger().with("collector", "rapl")),
        meter_(powercap_directory(node, options), open_privileged),
        table_(node.hostname, options.zone_label),
        needs_privilege_(meter_.needs_privilege()) {
    tell_meters();
  }

  std::string_view name() const override { return "rapl"; }
  std::span<const exposition::Family> families() const override { return RaplTable::families(); }
  std::span<const std::string_view> capabilities() const override {
    return needs_privilege_ ? std::span<const std::string_view>(kReadAnyFile)
                            : std::span<const std::string_view>();
  }

  base::Status collect(const ScrapeContext& /*context*/) override {
    table_.clear();
    const auto snapshot = meter_.read();
    tell_meters();
    if (!snapshot) return std::unexpected(snapshot.error());
    if (snapshot->zones.empty())
      return base::fail(base::ErrorCode::kNoData, "", "no RAPL zone on this machine");
    if (!ticker_) ticker_.emplace(options_.sampling_period, [this] { meter_.sample(); });
    if (snapshot->generation != generation_) {
      table_.set_zones(snapshot->zones);
      failing_.assign(snapshot->zones.size(), false);
      generation_ = snapshot->generation;
    }
    table_.set_readings(snapshot->readings);
    return report(*snapshot);
  }

  void emit(exposition::Emitter& emitter) const override { table_.emit(emitter); }
  void stop() override { ticker_.reset(); }

 private:
  void tell_meters() {
    if (options_.meters) options_.meters->set(Meter::kRapl, meter_.has_package());
  }

  // Says once what a zone lacks; an error if all of them do.
  base::Status report(const power::RaplMeter::Snapshot& snapshot) {
    std::optional<base::Error> last;
    bool any = false;
    for (std::size_t i = 0; i < snapshot.zones.size(); ++i) {
      const auto& energy = snapshot.readings[i].energy_microjoules;
      const std::string& zone = snapshot.zones[i].path;
      if (energy) {
        any = true;
        if (failing_[i]) log_.info("zone can be read again", {{"zone", zone}});
      } else {
        last = energy.error();
        if (!failing_[i]) log_.warn("zone can't be read", {{"zone", zone}, {"error", energy.error()}});
      }
      failing_[i] = !energy;
    }
    if (any) return {};
    return base::wrap(*std::move(last), "no RAPL zone can be read");
  }

  const RaplOptions options_;
  const base::Logger log_;
  power::RaplMeter meter_;
  RaplTable table_;
  const bool needs_privilege_;
  std::uint64_t generation_ = 0;
  std::vector<bool> failing_;            // by zone
  std::optional<power::Ticker> ticker_;  // the last member: it uses the others
};

}  // namespace

base::Result<std::unique_ptr<Collector>> make_rapl_collector(const NodeContext& node,
                                                             const RaplOptions& options) {
  return std::make_unique<RaplCollector>(node, options);
}

}  // namespace ceems::collector
