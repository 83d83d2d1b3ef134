// What one scrape of compute units costs, beside the floors, measured in one run in turns: so that whatever
// else the machine does hits all alike. Prints one Markdown table.
//
//   exporter_bench [--name CGROUP] [--shape flat|slurm] [--units 1,10,100,1000] [--rounds N]
//                  [--exporter PROGRAM] [--bmc none|hanging]
#include "allocations.h"
#include "base/host.h"
#include "base/text.h"
#include "collector/compute_units.h"
#include "collector/scraper.h"
#include "floors.h"
#include "hanging_bmc.h"
#include "sample.h"
#include "scrape_client.h"
#include "units.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::bench {
namespace {

std::atomic<bool> stopped{false};

void on_signal(int) {
  stopped = true;
}

struct Settings {
  std::string name = fmt::format("ceems-bench-{}", ::getpid());
  Shape shape = Shape::kFlat;
  std::vector<std::size_t> units = {1, 10, 100, 1000};
  std::size_t rounds = 21;
  std::string exporter;
  bool hanging_bmc = false;
};

// One way of reading all units: its cost in each round.
struct Series {
  std::vector<double> cpu_usec;   // per pass
  std::vector<double> wall_usec;  // of each pass
};

template <class Pass, class Clock>
void run(Series& series, std::size_t passes, const Clock& cpu, const Pass& pass) {
  const double before = cpu();
  for (std::size_t i = 0; i < passes && !stopped; ++i) {
    const double begin = wall_usec();
    pass();
    series.wall_usec.push_back(wall_usec() - begin);
  }
  series.cpu_usec.push_back((cpu() - before) / static_cast<double>(passes));
}

// Of each round, then the median: a round's noise hits both.
double ratio(const Series& series, const Series& floor) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < series.cpu_usec.size(); ++i)
    ratios.push_back(series.cpu_usec[i] / floor.cpu_usec[i]);
  return median(ratios);
}

class Configuration {
 public:
  explicit Configuration(const std::string& parent)
      : path_(fmt::format("/tmp/ceems-bench-{}.yml", ::getpid())) {
    const std::string text = fmt::format(
        "generic:\n  - name: bench\n    pattern: ^{}/(?P<id>unit-[0-9]+)$\n    user: somebody\n    project: "
        "a-project\n",
        parent);
    (void)base::write_file_atomically(path_, text, 0644);
  }
  Configuration(const Configuration&) = delete;
  Configuration& operator=(const Configuration&) = delete;
  ~Configuration() { ::unlink(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

base::Result<std::unique_ptr<collector::Scraper>> make_scraper(Shape shape,
                                                               const std::string& configuration) {
  collector::NodeContext node;
  node.hostname = base::host_name().value_or("node");
  collector::ComputeUnitsOptions options;
  options.use_slurm = shape == Shape::kSlurm;
  options.use_generic = !options.use_slurm;
  options.generic_config_file = configuration;
  CEEMS_TRY(auto units, collector::make_compute_units_collector(node, options));
  std::vector<std::unique_ptr<collector::Collector>> collectors;
  collectors.push_back(std::move(units));
  return std::make_unique<collector::Scraper>(std::move(collectors), std::vector<collector::MetricSource*>{});
}

void print_head() {
  std::printf(
      "| units | naive floor µs | pread floor µs | scrape µs | ÷ pread floor | ÷ naive floor | wall p50 / "
      "p99 ms | "
      "allocations | page kB | gzip kB | program µs | ÷ pread floor | wall p50 / p99 ms | RSS MB |\n"
      "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: "
      "|\n");
}

std::string wall(const Series& series) {
  return fmt::format("{:.2f} / {:.2f}", median(series.wall_usec) / 1e3,
                     percentile(series.wall_usec, 0.99) / 1e3);
}

base::Status measure(const Settings& settings, std::size_t count) {
  CEEMS_TRY(const Units units, Units::make(settings.name, count, settings.shape));
  const Configuration configuration(units.parent());
  NaiveFloor naive_floor(units);
  PreadFloor pread_floor(units);
  CEEMS_TRY_VOID(pread_floor.status());
  CEEMS_TRY(const auto scraper, make_scraper(settings.shape, configuration.path()));
  std::size_t page_bytes = 0;
  std::size_t gzip_bytes = 0;
  const auto scrape = [&] {
    const auto page = scraper->scrape(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    page_bytes = page->text().size();
    gzip_bytes = scraper->compressed(*page).size();
  };
  std::optional<HangingBmc> bmc;  // ends after the program that asks it
  std::optional<RunningExporter> program;
  if (!settings.exporter.empty()) {
    std::vector<std::string> flags = {"--no-security.drop-privileges"};
    if (settings.shape == Shape::kSlurm) {
      flags.emplace_back("--collector.slurm");
    } else {
      flags.emplace_back("--collector.generic");
      flags.push_back("--collector.generic.config.file=" + configuration.path());
    }
    if (settings.hanging_bmc) {
      CEEMS_TRY(auto made, HangingBmc::make());
      bmc.emplace(std::move(made));
      std::ranges::move(bmc->exporter_flags(), std::back_inserter(flags));
    }
    CEEMS_TRY(auto started, RunningExporter::start(settings.exporter, flags));
    program.emplace(std::move(started));
  }

  // Files are opened and buffers grow in the first few.
  constexpr int kWarmUp = 5;
  base::Status program_status;
  const auto ask_program = [&] {
    if (const auto size = program->scrape(); !size) program_status = std::unexpected(size.error());
  };
  for (int i = 0; i < kWarmUp; ++i) {
    naive_floor.pass();
    pread_floor.pass();
    scrape();
    if (program) ask_program();
  }
  const std::uint64_t allocations_before = allocations();
  constexpr std::uint64_t kCounted = 10;
  for (std::uint64_t i = 0; i < kCounted; ++i)
    scrape();
  const double allocated = static_cast<double>(allocations() - allocations_before) / kCounted;

  const std::size_t passes = std::clamp<std::size_t>(2000 / count, 3, 200);
  Series naive;
  Series pread;
  Series own;
  Series whole;
  for (std::size_t round = 0; round < settings.rounds && !stopped; ++round) {
    run(naive, std::max<std::size_t>(passes / 4, 1), own_cpu_usec, [&] { naive_floor.pass(); });
    run(pread, passes, own_cpu_usec, [&] { pread_floor.pass(); });
    run(own, passes, own_cpu_usec, scrape);
    if (program) run(whole, passes, [&] { return cpu_usec_of(program->process()); }, ask_program);
  }
  CEEMS_TRY_VOID(program_status);
  if (stopped) return base::fail(base::ErrorCode::kCancelled, "", "stopped");
  CEEMS_TRY_VOID(pread_floor.status());
  std::printf("| %zu | %.0f | %.0f | %.0f | %.2f | %.2f | %s | %.0f | %.1f | %.1f |", count,
              median(naive.cpu_usec), median(pread.cpu_usec), median(own.cpu_usec), ratio(own, pread),
              ratio(own, naive), wall(own).c_str(), allocated, static_cast<double>(page_bytes) / 1e3,
              static_cast<double>(gzip_bytes) / 1e3);
  if (program) {
    std::printf(" %.0f | %.2f | %s | %.1f |\n", median(whole.cpu_usec), ratio(whole, pread),
                wall(whole).c_str(), static_cast<double>(resident_bytes(program->process())) / 1e6);
  } else {
    std::printf(" – | – | – | – |\n");
  }
  std::fflush(stdout);
  scraper->stop(std::chrono::seconds(1));
  return {};
}

base::Result<Settings> parse(const std::vector<std::string_view>& arguments) {
  Settings settings;
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size())
      return base::fail(base::ErrorCode::kInvalid, arguments[i], "needs a value");
    const std::string_view value = arguments[i + 1];
    if (arguments[i] == "--name") {
      settings.name = value;
    } else if (arguments[i] == "--shape") {
      if (value != "flat" && value != "slurm")
        return base::fail(base::ErrorCode::kInvalid, "--shape", "neither flat nor slurm: {}", value);
      settings.shape = value == "slurm" ? Shape::kSlurm : Shape::kFlat;
    } else if (arguments[i] == "--exporter") {
      settings.exporter = value;
    } else if (arguments[i] == "--bmc") {
      if (value != "none" && value != "hanging")
        return base::fail(base::ErrorCode::kInvalid, "--bmc", "neither none nor hanging: {}", value);
      settings.hanging_bmc = value == "hanging";
    } else if (arguments[i] == "--rounds") {
      settings.rounds = base::parse_u64(value).value_or(settings.rounds);
    } else if (arguments[i] == "--units") {
      settings.units.clear();
      for (const std::string_view number : base::split(value, ',')) {
        const auto count = base::parse_u64(number);
        if (!count || *count == 0)
          return base::fail(base::ErrorCode::kInvalid, "--units", "not a number: {}", number);
        settings.units.push_back(*count);
      }
    } else {
      return base::fail(base::ErrorCode::kInvalid, arguments[i], "unknown argument");
    }
  }
  return settings;
}

base::Status run_all(const std::vector<std::string_view>& arguments) {
  CEEMS_TRY(const Settings settings, parse(arguments));
  CEEMS_TRY_VOID(base::raise_descriptor_limit());
  print_head();
  for (const std::size_t count : settings.units)
    CEEMS_TRY_VOID(measure(settings, count));
  return {};
}

}  // namespace
}  // namespace ceems::bench

int main(int argc, char** argv) {
  struct sigaction action{};
  action.sa_handler = ceems::bench::on_signal;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    ::sigaction(signal, &action, nullptr);
  ceems::base::configure_logging(ceems::base::LogLevel::kWarn, ceems::base::LogFormat::kLogfmt);
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (const auto status = ceems::bench::run_all(arguments); !status) {
    std::fprintf(stderr, "exporter_bench: %s\n", status.error().text().c_str());
    return 1;
  }
  return 0;
}
