#include "base/file.h"
#include "commands.h"
#include "rules/render.h"
#include "working_command.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace ceems::tool {

namespace {

class RulesRender final : public WorkingCommand {
 public:
  void declare(config::Flags& flags) override {
    std::vector<std::string> sources;
    for (const rules::PowerSource source : rules::all_power_sources())
      sources.emplace_back(rules::power_source_name(source));
    flags.string("output-dir", "rules", "Directory for the files. It is made if it is not there.",
                 output_dir_);
    flags.string("job", "", "Scrape job of the exporters. Without it the rules are for any job.",
                 options_.job);
    flags.list("host-label", {}, "Label that tells hosts apart besides job and instance, e.g. ceems_id.",
               options_.host_labels);
    flags.duration("rate-window", options_.rate_window,
                   "Window of rates: four scrape intervals, at least two.", options_.rate_window);
    flags.duration("eval-interval", options_.evaluation_interval,
                   "Interval of the rule groups. 0 leaves it to the server.", options_.evaluation_interval);
    flags.number("pue", options_.pue, "Power usage effectiveness: all power is multiplied by it.",
                 options_.pue);
    flags.choices("source", sources, "Where power comes from; without it from all of them, host by host.",
                  sources_);
    flags.list(
        "redfish-chassis", {},
        "Chassis of Redfish that makes up a host; several are summed. Without it the one that draws most.",
        options_.redfish_chassis);
    flags.list(
        "hwmon-meter", {},
        "Driver of a meter of hwmon that makes up a host, or DRIVER/SENSOR; several are summed. Without it "
        "drivers that measure whole nodes.",
        options_.hwmon_meters);
    flags.boolean("gpu-in-host-power", false,
                  "What BMCs and hwmon measure contains GPUs, which is taken off again.",
                  options_.gpu_in_host_power);
    flags.number("misc-fraction", options_.misc_fraction,
                 "Part of what a BMC measures that units get in equal parts.", options_.misc_fraction);
    flags.string("country-code", "", "Country whose emission factors to use, ISO 3166-1 alpha-2.",
                 emissions_.country_code);
    flags.list("emission-source", {}, "Emission factors to use, as PROVIDER/CODE: emaps/US-CAL-CISO.",
               emissions_.sources);
    flags.number("emission-factor", 0, "Fixed emission factor in g/kWh, in place of scraped ones.",
                 emissions_.factor);
  }

 private:
  base::Status work() override {
    if (!sources_.empty()) options_.power_sources.clear();
    for (const std::string& name : sources_) {
      CEEMS_TRY(const rules::PowerSource source, rules::parse_power_source(name));
      options_.power_sources.push_back(source);
    }
    CEEMS_TRY(const rules::RuleOptions options, rules::with_emissions(options_, emissions_));
    CEEMS_TRY(const std::vector<rules::RenderedFile> files, rules::render_rules(options));
    CEEMS_TRY_VOID(base::make_directories(output_dir_, 0755));
    for (const rules::RenderedFile& file : files) {
      const std::string path = base::join_path(output_dir_, file.name);
      CEEMS_TRY_VOID(base::write_file_atomically(path, file.text, 0644));
      fmt::print("{}\n", path);
    }
    warn_about_others();
    return {};
  }

  // Files of former releases would record the same power a second time.
  void warn_about_others() const {
    for (const char* name : {"host-power-rapl.rules", "host-power-model.rules"}) {
      const std::string path = base::join_path(output_dir_, name);
      if (base::exists(path)) fmt::print(stderr, "{} is part of host-power.rules now; remove it\n", path);
    }
  }

  std::string output_dir_;
  rules::RuleOptions options_;
  rules::EmissionChoice emissions_;
  std::vector<std::string> sources_;
};

}  // namespace

std::unique_ptr<config::Command> make_rules_render() {
  return std::make_unique<RulesRender>();
}

}  // namespace ceems::tool
