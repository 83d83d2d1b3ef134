#include "base/file.h"
#include "base/text.h"
#include "commands.h"
#include "config/duration.h"
#include "grid/owid.h"
#include "recording_choices.h"
#include "rule_check.h"
#include "rules/gpu_question.h"
#include "rules/job_files.h"
#include "rules/survey.h"
#include "tsdb_server.h"
#include "working_command.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

using base::ErrorCode;
using rules::PowerSource;

class CreateRecordingRules final : public WorkingCommand {
 public:
  void declare(config::Flags& flags) override {
    server_flags_.declare(flags);
    flags.string("output-dir", "rules", "Directory for the files. It is made if it is not there.",
                 output_dir_);
    flags.number("pue", 1, "Power usage effectiveness: all power is multiplied by it.", base_.pue);
    flags.number("emission-factor", 0, "Fixed emission factor in g/kWh, in place of scraped ones.",
                 emissions_.factor);
    flags.string("country-code", "", "Country whose emission factors to use, ISO 3166-1 alpha-2.",
                 emissions_.country_code);
    flags.list("emission-source", {}, "Emission factors to use, as PROVIDER/CODE: emaps/US-CAL-CISO.",
               emissions_.sources);
    flags.duration("eval-interval", base_.evaluation_interval,
                   "Interval of the rules. 0 leaves it to the server, whose evaluation_interval it then is.",
                   base_.evaluation_interval);
    flags.number("misc-fraction", base_.misc_fraction,
                 "Part of what a BMC measures that units get in equal parts.", base_.misc_fraction);
    flags.list("host-label", {}, "Label that tells hosts apart besides job and instance, e.g. ceems_id.",
               base_.host_labels);
    flags.list("redfish.chassis", {},
               "Chassis of Redfish that makes up a host, as NAME or JOB=NAME; several are summed.",
               choices_.chassis);
    flags.list("chassis", {}, "The same.", former_chassis_, {.environment = "", .hidden = true});
    flags.list("hwmon.chip", {},
               "Driver of a meter of hwmon that makes up a host, or DRIVER/SENSOR, or JOB= with one of them; "
               "several are summed.",
               choices_.chips);
    flags.list("gpu-power-in-host-power", {},
               "Whether what BMCs measure contains GPUs: yes, no or auto, or JOB= with one of them.",
               choices_.gpu_in_host);
    flags.boolean("disable-providers", false, "Use no scraped emission factors.", disable_providers_,
                  {.environment = "", .hidden = true});
  }

 private:
  base::Status work() override {
    choices_.chassis.insert(choices_.chassis.end(), former_chassis_.begin(), former_chassis_.end());
    if (emissions_.factor < 0)
      return base::fail(ErrorCode::kInvalid, "--emission-factor", "must not be negative");
    CEEMS_TRY(base_, rules::with_emissions(base_, emissions_));
    CEEMS_TRY_VOID(rules::check_options(base_));
    CEEMS_TRY_VOID(check_choices(choices_));
    CEEMS_TRY(server_, TsdbServer::create(server_flags_));
    CEEMS_TRY(const auto series, server_->series(rules::survey_selectors()));
    const rules::Survey survey = make_survey(series);
    if (survey.jobs.empty())
      return base::fail(ErrorCode::kNoData, server_flags_.url,
                        "no scrape job has a meter, or an estimate of the power model, in this time");
    choose_emissions(survey);
    // Servers that only look like Prometheus may not tell.
    if (auto intervals = server_->scrape_intervals()) scrape_intervals_ = *std::move(intervals);
    std::vector<rules::RenderedFile> files;
    for (const rules::SeenJob& job : survey.jobs) {
      CEEMS_TRY(rules::RuleOptions options, options_of(job, survey));
      if (options.power_sources.empty()) continue;
      CEEMS_TRY(auto file, rules::render_job_rules(options, {.io = job.io, .network = job.network}));
      files.push_back(std::move(file));
      jobs_.emplace(job.name, std::move(options));
    }
    CEEMS_TRY_VOID(add_gpu_files(survey, files));
    return write(files);
  }

  static rules::Survey make_survey(const std::vector<tsdb::LabelSet>& series) {
    std::vector<rules::SeenSeries> seen;
    seen.reserve(series.size());
    for (const tsdb::LabelSet& labels : series) {
      const auto label = [&labels](std::string_view name) {
        return std::string(tsdb::label_of(labels, name));
      };
      seen.push_back({.metric = label("__name__"),
                      .job = label("job"),
                      .instance = label("instance"),
                      .provider = label("provider"),
                      .country_code = label("country_code"),
                      .chassis = label("chassis"),
                      .chip_name = label("chip_name")});
    }
    return rules::make_survey(seen);
  }

  // Of the factors that were chosen only those that are scraped; without any, the country's of the table that
  // is built in.
  void choose_emissions(const rules::Survey& survey) {
    if (base_.emission_factor > 0) return;
    std::erase_if(base_.emission_sources, [&](const rules::EmissionSource& source) {
      return disable_providers_ ||
             std::ranges::none_of(survey.emission_sources, [&](const rules::EmissionSource& seen) {
               return seen.provider == source.provider && seen.country_code == source.country_code;
             });
    });
    const bool of_country = std::ranges::any_of(
        base_.emission_sources, [](const auto& source) { return source.provider != "global"; });
    if (!emissions_.country_code.empty() && !of_country) {
      std::string code = emissions_.country_code;
      for (char& c : code)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
      if (const auto factor = grid::find_owid_factor(code)) {
        base_.emission_factor = factor->grams_per_kwh;
        base_.emission_factor_provider = "owid";
        fmt::print(stderr, "no provider tells a factor of {}: {} g/kWh of Our World in Data is used\n", code,
                   factor->grams_per_kwh);
        return;
      }
    }
    if (base_.emission_sources.empty()) fmt::print(stderr, "no emission factor: no emissions are recorded\n");
    for (const rules::EmissionSource& source : base_.emission_sources)
      fmt::print(stderr, "emission factors of {} for {}\n", source.provider, source.country_code);
  }

  tsdb::Milliseconds scrape_interval_of(const std::string& job) {
    const auto at = scrape_intervals_.find(job);
    return at != scrape_intervals_.end() ? at->second : server_->settings().scrape_interval;
  }

  base::Result<rules::RuleOptions> options_of(const rules::SeenJob& job, const rules::Survey& survey) {
    rules::RuleOptions options = base_;
    options.job = job.name;
    options.rate_window = 4 * scrape_interval_of(job.name);
    options.power_sources = job.power_sources;
    CEEMS_TRY_VOID(choose_hwmon(job, options));
    if (options.power_sources.empty()) {
      fmt::print(stderr,
                 "{}: no rules, since its only meters are of parts of hosts: {}. Say --hwmon.chip={}=NAME if "
                 "one is not\n",
                 job.name, base::join({job.hwmon_chips.begin(), job.hwmon_chips.end()}, ", "), job.name);
      return options;
    }
    std::string sources;
    for (const PowerSource source : options.power_sources)
      sources += fmt::format("{}{}", sources.empty() ? "" : ", ", rules::power_source_name(source));
    fmt::print(stderr, "{}: power from {}, the first of them that a host has\n", job.name, sources);
    if (rules::has_power_source(options, PowerSource::kRedfish)) {
      CEEMS_TRY(options.redfish_chassis,
                choose_parts("--redfish.chassis", "chassis", job.name, choices_.chassis, job.chassis));
    }
    CEEMS_TRY(options.gpu_in_host_power, gpu_in_host_power(job, survey, options));
    return options;
  }

  // Drivers that measure whole nodes need no choice; others are meters of nodes only if somebody says so.
  base::Status choose_hwmon(const rules::SeenJob& job, rules::RuleOptions& options) const {
    if (job.hwmon_chips.empty() || !choice_for(choices_.chips, job.name)) return {};
    CEEMS_TRY(options.hwmon_meters,
              choose_parts("--hwmon.chip", "hwmon driver", job.name, choices_.chips, job.hwmon_chips));
    if (!rules::has_power_source(options, PowerSource::kHwmon)) {
      options.power_sources.push_back(PowerSource::kHwmon);
      std::ranges::sort(options.power_sources);
    }
    return {};
  }

  // The best meter of a whole node; Cray's tells accelerators apart by itself.
  static std::optional<PowerSource> node_meter(const rules::RuleOptions& options) {
    for (const PowerSource source : options.power_sources) {
      if (source == PowerSource::kRedfish || source == PowerSource::kIpmi || source == PowerSource::kHwmon)
        return source;
    }
    return std::nullopt;
  }

  base::Result<bool> gpu_in_host_power(const rules::SeenJob& job, const rules::Survey& survey,
                                       const rules::RuleOptions& options) {
    const auto source = node_meter(options);
    const auto pairs = survey.gpu_pairs();
    if (!source || std::ranges::find(pairs, job.name, &rules::GpuPair::job) == pairs.end()) return false;
    const std::string choice = choice_for(choices_.gpu_in_host, job.name).value_or("auto");
    if (choice != "auto") return choice == "yes";
    const auto range = server_->end() - server_->start();
    const auto step = std::max<tsdb::Milliseconds>(scrape_interval_of(job.name), range / 500);
    const rules::GpuQuestion question = rules::gpu_question(options, *source, range, step);
    std::map<std::string, rules::GpuMoments> hosts;
    const std::pair<const std::string&, double rules::GpuMoments::*> parts[] = {
        {question.node, &rules::GpuMoments::node},
        {question.gpus, &rules::GpuMoments::gpus},
        {question.product, &rules::GpuMoments::product},
        {question.gpus_squared, &rules::GpuMoments::gpus_squared},
        {question.node_squared, &rules::GpuMoments::node_squared}};
    for (const auto& [query, moment] : parts) {
      CEEMS_TRY(const auto samples, server_->query(query));
      for (const tsdb::Sample& sample : samples)
        hosts[std::string(sample.label("instancehost"))].*moment = sample.value;
    }
    return report(job.name, rules::judge(hosts));
  }

  static bool report(const std::string& job, const rules::GpuVerdict& verdict) {
    using Answer = rules::GpuVerdict::Answer;
    if (verdict.answer == Answer::kUnknown) {
      fmt::print(
          stderr,
          "{}: whether host power contains GPUs cannot be told, since GPUs drew the same all the time; "
          "taken for yes. Say --gpu-power-in-host-power={}=no if not\n",
          job, job);
      return true;
    }
    const bool yes = verdict.answer == Answer::kYes;
    if (verdict.hosts == 0) {
      fmt::print(stderr, "{}: host power does not contain GPUs: it is less than theirs\n", job);
    } else {
      fmt::print(stderr,
                 "{}: host power {} GPUs: a watt of theirs is {:.2f} W of the host (correlation {:.2f}), and "
                 "so say {} of {} hosts\n",
                 job, yes ? "contains" : "does not contain", verdict.slope, verdict.correlation,
                 verdict.agreeing, verdict.hosts);
    }
    return yes;
  }

  base::Status add_gpu_files(const rules::Survey& survey, std::vector<rules::RenderedFile>& files) {
    const auto pairs = survey.gpu_pairs();
    std::set<std::string> jobs;
    std::set<std::string> gpu_jobs;
    for (const rules::GpuPair& pair : pairs) {
      const auto job = jobs_.find(pair.job);
      if (job == jobs_.end()) continue;
      rules::RuleOptions options = job->second;
      options.gpu_job = pair.gpu_job;
      const rules::GpuFileParts parts{
          .name_of_job = std::ranges::count(pairs, pair.gpu_job, &rules::GpuPair::gpu_job) > 1,
          .units = jobs.insert(pair.job).second,
          .job = gpu_jobs.insert(pair.gpu_job).second};
      fmt::print(stderr, "{}: GPUs from scrape job {}\n", pair.job, pair.gpu_job);
      if (!parts.units && !parts.job) continue;
      CEEMS_TRY(auto file, rules::render_gpu_job_rules(options, parts));
      files.push_back(std::move(file));
    }
    return {};
  }

  base::Status write(const std::vector<rules::RenderedFile>& files) const {
    std::set<std::string> names;
    for (const rules::RenderedFile& file : files) {
      if (!names.insert(file.name).second)
        return base::fail(ErrorCode::kInvalid, file.name, "is the file name of two scrape jobs");
      CEEMS_TRY_VOID(check_rule_file(file));
    }
    CEEMS_TRY_VOID(base::make_directories(output_dir_, 0755));
    for (const rules::RenderedFile& file : files) {
      const std::string path = base::join_path(output_dir_, file.name);
      CEEMS_TRY_VOID(base::write_file_atomically(path, file.text, 0644));
      fmt::print("{}\n", path);
    }
    return {};
  }

  TsdbFlags server_flags_;
  std::string output_dir_;
  rules::RuleOptions base_;
  rules::EmissionChoice emissions_;
  RecordingChoices choices_;
  std::vector<std::string> former_chassis_;
  bool disable_providers_ = false;
  std::unique_ptr<TsdbServer> server_;
  std::map<std::string, tsdb::Milliseconds> scrape_intervals_;
  std::map<std::string, rules::RuleOptions> jobs_;
};

}  // namespace

std::unique_ptr<config::Command> make_create_recording_rules() {
  return std::make_unique<CreateRecordingRules>();
}

}  // namespace ceems::tool
