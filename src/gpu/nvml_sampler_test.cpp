#include "gpu/nvml_sampler.h"

#include "gpu/standin_test.h"

#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

NvmlSamplerOptions quick(const NvmlStandin& standin) {
  return {.libraries = standin.libraries(),
          .interval = milliseconds(5),
          .read = {},
          .stale_at_least = milliseconds(50),
          .search_again = milliseconds(5),
          .retry_first = milliseconds(5),
          .retry_most = milliseconds(20),
          .lost_device_retry = milliseconds(20)};
}

NvmlStandin h200() {
  return NvmlStandin::from_file(CEEMS_TEST_DATA "/h200.conf");
}

// The first view that pleases; ends the test program's patience after a minute.
NvmlSampler::View wait_for(const NvmlSampler& sampler,
                           const std::function<bool(const NvmlSampler::View&)>& pleases) {
  const auto end = NvmlSampler::Clock::now() + std::chrono::minutes(1);
  NvmlSampler::View view = sampler.view();
  while (!pleases(view) && NvmlSampler::Clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(1));
    view = sampler.view();
  }
  return view;
}

NvmlSampler::View wait_for(const NvmlSampler& sampler, NvmlState state) {
  return wait_for(sampler, [state](const NvmlSampler::View& view) { return view.state == state; });
}

TEST(NvmlSamplerTest, KnowsNothingBeforeItIsStarted) {
  const NvmlStandin standin = h200();
  const NvmlSampler sampler(quick(standin), {});
  EXPECT_EQ(sampler.view().state, NvmlState::kStarting);
  EXPECT_EQ(sampler.view().snapshot, nullptr);
}

TEST(NvmlSamplerTest, PublishesWhatItReads) {
  const NvmlStandin standin = h200();
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  const NvmlSampler::View view =
      wait_for(sampler, [](const NvmlSampler::View& one) { return one.snapshot && one.samples >= 3; });
  EXPECT_EQ(view.state, NvmlState::kReady);
  EXPECT_EQ(view.initialisations, 1);
  ASSERT_NE(view.snapshot, nullptr);
  EXPECT_EQ(view.snapshot->devices.at(0).readings.gpu_utilization_percent, 100);
  EXPECT_TRUE(view.snapshot->devices.at(0).parts.at(0).gpm.sm_active.has_value());
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, LooksAgainForAnAbsentLibrary) {
  const NvmlStandin standin = h200();
  standin.uninstall();
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  EXPECT_THAT(wait_for(sampler, NvmlState::kAbsent).problem, HasSubstr("cannot open shared object file"));
  standin.install("new");
  EXPECT_EQ(wait_for(sampler, NvmlState::kReady).state, NvmlState::kReady);
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, TriesAgainWhenTheDriverIsNotLoaded) {
  NvmlStandin standin = h200();
  standin.set("fail.nvmlInit_v2", "9");
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  const NvmlSampler::View failed = wait_for(sampler, NvmlState::kFailed);
  EXPECT_THAT(failed.problem, HasSubstr("NVIDIA's kernel driver is not loaded"));
  EXPECT_EQ(failed.initialisations, 0);
  EXPECT_EQ(failed.errors.at(0).first, NvmlReturn::kDriverNotLoaded);
  standin.set("fail.nvmlInit_v2", "0");
  EXPECT_EQ(wait_for(sampler, NvmlState::kReady).initialisations, 1);
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, ComesBackAfterTheDriverWasLoadedAnew) {
  NvmlStandin standin = h200();
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  wait_for(sampler, NvmlState::kReady);
  standin.set("fail.nvmlDeviceGetPowerUsage", "1");
  const NvmlSampler::View lost = wait_for(sampler, NvmlState::kFailed);
  EXPECT_EQ(lost.snapshot, nullptr);
  EXPECT_THAT(lost.problem, HasSubstr("NVML was lost: NVML is not initialised"));
  standin.set("fail.nvmlDeviceGetPowerUsage", "0");
  EXPECT_GE(wait_for(sampler, NvmlState::kReady).initialisations, 2);
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, LoadsTheLibraryThatComesWithANewDriver) {
  NvmlStandin standin = h200();
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  wait_for(sampler, NvmlState::kReady);
  standin.set("fail.nvmlDeviceGetPowerUsage", "18");
  wait_for(sampler, NvmlState::kFailed);
  standin.install("old");
  standin.set("fail.nvmlDeviceGetPowerUsage", "0");
  const NvmlSampler::View view = wait_for(sampler, [](const NvmlSampler::View& one) {
    return one.snapshot && !one.snapshot->devices.at(0).readings.energy_millijoules;
  });
  EXPECT_EQ(view.state, NvmlState::kReady);
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, InitialisesAgainForTheSakeOfALostGpu) {
  NvmlStandin standin = h200();
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  wait_for(sampler, NvmlState::kReady);
  standin.set("fail.gpu0", "15");
  const NvmlSampler::View view = wait_for(sampler, [](const NvmlSampler::View& one) {
    return one.initialisations >= 3 && one.snapshot && !one.snapshot->devices.at(0).present;
  });
  EXPECT_EQ(view.state, NvmlState::kReady);
  EXPECT_EQ(view.snapshot->devices.at(0).info.name, "NVIDIA H200");
  standin.set("fail.gpu0", "0");
  wait_for(sampler,
           [](const NvmlSampler::View& one) { return one.snapshot && one.snapshot->devices.at(0).present; });
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, ShowsNoReadingsThatAreTooOldWhileNvmlHangs) {
  NvmlStandin standin = h200();
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  wait_for(sampler, NvmlState::kReady);
  standin.set("hang", "nvmlDeviceGetUtilizationRates");
  const NvmlSampler::View view = wait_for(sampler, NvmlState::kStale);
  EXPECT_EQ(view.state, NvmlState::kStale);
  EXPECT_EQ(view.snapshot, nullptr);
  EXPECT_GE(view.age.value(), milliseconds(50));
  EXPECT_FALSE(sampler.stop(milliseconds(1)));  // it is left behind
  standin.set("hang", "nothing");
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, SaysSoWhenInitialisingHangs) {
  NvmlStandin standin = h200();
  standin.set("hang", "nvmlInit_v2");
  NvmlSampler sampler(quick(standin), {});
  sampler.start();
  EXPECT_EQ(wait_for(sampler, NvmlState::kStale).state, NvmlState::kStale);
  standin.set("hang", "nothing");
  EXPECT_EQ(wait_for(sampler, NvmlState::kReady).state, NvmlState::kReady);
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
}

TEST(NvmlSamplerTest, EndsWhereverItIs) {
  const NvmlStandin standin = h200();
  NvmlSamplerOptions options = quick(standin);
  options.interval = std::chrono::hours(1);
  NvmlSampler sampler(options, {});
  sampler.start();
  wait_for(sampler, NvmlState::kReady);
  EXPECT_TRUE(sampler.stop(std::chrono::minutes(1)));
  EXPECT_TRUE(sampler.stop(milliseconds(0)));
}

TEST(NvmlSamplerTest, EndsThoughItNeverBegan) {
  const NvmlStandin standin = h200();
  NvmlSampler sampler(quick(standin), {});
  EXPECT_TRUE(sampler.stop(milliseconds(0)));
}

}  // namespace
}  // namespace ceems::gpu
