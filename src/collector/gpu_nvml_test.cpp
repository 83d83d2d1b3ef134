#include "collector/gpu_nvml.h"

#include "base/text.h"
#include "collector/golden_test.h"
#include "gpu/standin_test.h"

#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

gpu::NvmlStandin standin_of(const std::string& name) {
  return gpu::NvmlStandin::from_file(CEEMS_SOURCE_DIR "/tests/data/gpu/" + name);
}

std::unique_ptr<Collector> collector_of(const gpu::NvmlStandin& standin) {
  return make_gpu_nvml_collector({.hostname = "n1"},
                                 {.library = standin.path(), .interval = milliseconds(100)})
      .value();
}

// The page as soon as it has `text`; the last one after a minute.
std::string page_with(Collector& collector, std::string_view text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  std::string page = collect_page(collector);
  while (page.find(text) == std::string::npos && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(2));
    page = collect_page(collector);
  }
  return page;
}

constexpr std::string_view kReady = "ceems_gpu_nvml_state{hostname=\"n1\",state=\"ready\"} 1\n";
constexpr std::string_view kProfiled = "\nDCGM_FI_PROF_GR_ENGINE_ACTIVE{";

// Without what differs from run to run.
std::string about_gpus(std::string_view page) {
  std::string kept;
  std::string_view line;
  while (base::next_line(page, line)) {
    if (!line.starts_with("ceems_gpu_nvml_")) kept += std::string(line) + "\n";
  }
  return samples_only(kept);
}

TEST(GpuNvmlCollectorTest, TellsWhatTheGpuTells) {
  const gpu::NvmlStandin standin = standin_of("h200.conf");
  const auto collector = collector_of(standin);
  EXPECT_EQ(about_gpus(page_with(*collector, kProfiled)), test_file("gpu-nvml-h200.prom"));
  collector->stop();
}

TEST(GpuNvmlCollectorTest, TellsEachGpuInstance) {
  const gpu::NvmlStandin standin = standin_of("mig.conf");
  const auto collector = collector_of(standin);
  EXPECT_EQ(about_gpus(page_with(*collector, kProfiled)), test_file("gpu-nvml-mig.prom"));
  collector->stop();
}

TEST(GpuNvmlCollectorTest, TellsAboutItself) {
  gpu::NvmlStandin standin = standin_of("h200.conf");
  standin.set("fail.nvmlDeviceGetPowerUsage", "999");
  const auto collector = collector_of(standin);
  const std::string page = page_with(*collector, kReady);
  EXPECT_THAT(page,
              AllOf(HasSubstr("ceems_gpu_nvml_state{hostname=\"n1\",state=\"absent\"} 0\n"),
                    HasSubstr("ceems_gpu_nvml_inits_total{hostname=\"n1\"} 1\n"),
                    HasSubstr("ceems_gpu_nvml_errors_total{error=\"unknown\",hostname=\"n1\"} "),
                    HasSubstr("ceems_gpu_nvml_snapshot_age_seconds{hostname=\"n1\"} 0"),
                    HasSubstr("ceems_gpu_nvml_info{driver_version=\"580.159.04\",hostname=\"n1\",library=\"" +
                              standin.path() + "\",nvml_version=\"13.580.159.04\"} 1\n")));
  EXPECT_THAT(page, Not(HasSubstr("DCGM_FI_DEV_POWER_USAGE{")));
  EXPECT_TRUE(collector->outcomes()[0].success);
  collector->stop();
  EXPECT_FALSE(collector->left_thread_behind());
}

TEST(GpuNvmlCollectorTest, AnAbsentLibraryIsNoError) {
  const gpu::NvmlStandin standin("");
  standin.uninstall();
  const auto collector = collector_of(standin);
  const std::string page =
      page_with(*collector, "ceems_gpu_nvml_state{hostname=\"n1\",state=\"absent\"} 1\n");
  EXPECT_THAT(page, Not(HasSubstr("DCGM_")));
  EXPECT_TRUE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(GpuNvmlCollectorTest, ADriverThatCannotBeUsedIsAnError) {
  const gpu::NvmlStandin standin("fail.nvmlInit_v2 9\n");
  const auto collector = collector_of(standin);
  const std::string page =
      page_with(*collector, "ceems_gpu_nvml_state{hostname=\"n1\",state=\"failed\"} 1\n");
  EXPECT_THAT(page,
              HasSubstr("ceems_gpu_nvml_errors_total{error=\"driver_not_loaded\",hostname=\"n1\"} 1\n"));
  EXPECT_FALSE(collector->outcomes()[0].success);
  collector->stop();
}

TEST(GpuNvmlCollectorTest, SaysThatAGpuIsLost) {
  gpu::NvmlStandin standin = standin_of("mig.conf");
  const auto collector = collector_of(standin);
  page_with(*collector, kReady);
  standin.set("fail.gpu1", "15");
  const std::string page = page_with(
      *collector,
      "ceems_gpu_present{gpuuuid=\"GPU-bbbbbbbb-0000-0000-0000-000000000000\",hostname=\"n1\"} 0\n");
  EXPECT_THAT(page, AllOf(HasSubstr("ceems_gpu_present{gpuuuid=\"GPU-aaaaaaaa-0000-0000-0000-000000000000\","
                                    "hostname=\"n1\"} 1\n"),
                          HasSubstr("ceems_gpu_nvml_errors_total{error=\"gpu_is_lost\",hostname=\"n1\"} ")));
  EXPECT_THAT(page, Not(HasSubstr("gpu=\"1\"")));
  collector->stop();
}

TEST(GpuNvmlCollectorTest, CountsCriticalErrorsByCode) {
  gpu::NvmlStandin standin = standin_of("h200.conf");
  standin.set("gpu0.xids", "79 48 48 99999999");
  const auto collector = collector_of(standin);
  const std::string page = page_with(*collector, kReady);
  const std::string labels = "{gpuuuid=\"GPU-3806df80-45e2-88fa-5126-05685a0894da\",hostname=\"n1\",xid=\"";
  EXPECT_THAT(page, HasSubstr("ceems_gpu_xid_errors_total" + labels + "48\"} 2\nceems_gpu_xid_errors_total" +
                              labels + "79\"} 1\nceems_gpu_xid_errors_total" + labels + "other\"} 1\n"));
  EXPECT_THAT(page, ::testing::ContainsRegex("DCGM_FI_DEV_XID_ERRORS\\{[^\n]*\\} 48\n"));
  collector->stop();
}

TEST(GpuNvmlCollectorTest, NeverWaitsForNvmlAndLeavesItsThreadBehind) {
  gpu::NvmlStandin standin = standin_of("h200.conf");
  standin.set("hang", "nvmlInit_v2");
  const auto collector = collector_of(standin);
  EXPECT_THAT(page_with(*collector, "state=\"stale\"} 1\n"), Not(HasSubstr("DCGM_")));
  EXPECT_FALSE(collector->outcomes()[0].success);
  collector->stop();
  EXPECT_TRUE(collector->left_thread_behind());
  standin.set("hang", "nothing");
  while (collector->left_thread_behind())
    collector->stop();
}

TEST(GpuNvmlCollectorTest, EmitsFamiliesThatItDeclares) {
  const gpu::NvmlStandin standin = standin_of("mig.conf");
  const auto collector = collector_of(standin);
  page_with(*collector, kProfiled);
  exposition::Emitter emitter;
  collector->emit(emitter);
  EXPECT_GE(emitter.sections().size(), collector->families().size() - 1);  // no call failed
  expect_declared(*collector);
  collector->stop();
}

TEST(GpuNvmlCollectorTest, RefusesToReadAllTheTime) {
  const auto made = make_gpu_nvml_collector({}, {.interval = milliseconds(99)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().text(), "--collector.gpu.nvml.interval: at least 100 ms");
}

}  // namespace
}  // namespace ceems::collector
