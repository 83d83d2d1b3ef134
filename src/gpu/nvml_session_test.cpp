#include "gpu/nvml_session.h"

#include "gpu/standin_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A session with a stand-in, and its samples.
class Bench {
 public:
  explicit Bench(const NvmlStandin& standin, const NvmlReadOptions& options = {})
      : library_(NvmlLibrary::load(standin.libraries()).value()), options_(options) {
    reopen();
  }

  void reopen() {
    session_.reset();
    session_ = NvmlSession::open(*library_, history_, options_, {}).value();
  }
  NvmlSnapshot sample() { return *session_->sample(stop_); }
  NvmlSession& session() { return *session_; }
  NvmlHistory& history() { return history_; }

 private:
  const std::unique_ptr<NvmlLibrary> library_;
  const NvmlReadOptions options_;
  NvmlHistory history_;
  std::unique_ptr<NvmlSession> session_;
  const std::atomic<bool> stop_ = false;
};

NvmlStandin h200() {
  return NvmlStandin::from_file(CEEMS_TEST_DATA "/h200.conf");
}

NvmlStandin mig() {
  return NvmlStandin::from_file(CEEMS_TEST_DATA "/mig.conf");
}

constexpr NvmlReadOptions kEverySample{
    .profiling = true, .pcie_throughput = false, .slow_period = std::chrono::milliseconds(0)};

TEST(NvmlSessionTest, KnowsTheGpu) {
  const NvmlStandin standin = h200();
  const NvmlSnapshot snapshot = Bench(standin).sample();
  EXPECT_EQ(snapshot.driver_version, "580.159.04");
  EXPECT_EQ(snapshot.nvml_version, "13.580.159.04");
  EXPECT_EQ(snapshot.library, standin.path());
  ASSERT_THAT(snapshot.devices, SizeIs(1));
  const NvmlDeviceInfo& info = snapshot.devices[0].info;
  EXPECT_EQ(info.uuid, "GPU-3806df80-45e2-88fa-5126-05685a0894da");
  EXPECT_EQ(info.name, "NVIDIA H200");
  EXPECT_EQ(info.pci_bus_id, "00000000:00:06.0");
  EXPECT_EQ(info.minor, 0);
  EXPECT_EQ(info.sm_count, 132);
  EXPECT_FALSE(info.mig_enabled);
  EXPECT_TRUE(snapshot.devices[0].present);
}

TEST(NvmlSessionTest, ReadsTheGpu) {
  const NvmlStandin standin = h200();
  const NvmlSnapshot snapshot = Bench(standin).sample();
  const NvmlReadings& r = snapshot.devices[0].readings;
  EXPECT_EQ(r.energy_millijoules, 4626171);
  EXPECT_DOUBLE_EQ(r.power_watts.value(), 689.674);
  EXPECT_DOUBLE_EQ(r.power_instant_watts.value(), 622.205);
  EXPECT_DOUBLE_EQ(r.power_limit_watts.value(), 700);
  EXPECT_DOUBLE_EQ(r.power_management_limit_watts.value(), 650);
  EXPECT_EQ(r.gpu_utilization_percent, 100);
  EXPECT_EQ(r.memory_utilization_percent, 26);
  EXPECT_EQ(r.sm_clock_mhz, 1395);
  EXPECT_EQ(r.memory_clock_mhz, 3201);
  EXPECT_EQ(r.temperature_celsius, 59);
  EXPECT_EQ(r.memory_temperature_celsius, 46);
  EXPECT_EQ(r.clocks_event_reasons, 4);
  EXPECT_EQ(r.power_violation_nanoseconds, 1823914272);
  EXPECT_EQ(r.thermal_violation_nanoseconds, 0);
  const NvmlHealth& health = snapshot.devices[0].health;
  EXPECT_EQ(health.ecc_uncorrected_volatile, 0);
  EXPECT_EQ(health.row_remap_failed, false);
  EXPECT_EQ(health.pcie_replays, 0);
}

TEST(NvmlSessionTest, ReadsMemoryAndProcesses) {
  const NvmlStandin standin = h200();
  const NvmlSnapshot snapshot = Bench(standin).sample();
  ASSERT_THAT(snapshot.devices[0].parts, SizeIs(1));
  const NvmlPart& part = snapshot.devices[0].parts[0];
  EXPECT_EQ(part.gpu_instance_id, std::nullopt);
  EXPECT_EQ(part.memory.value().total_bytes, 150754820096);
  EXPECT_EQ(part.memory.value().used_bytes, 4509728768);
  EXPECT_EQ(part.memory.value().reserved_bytes, 644939776);
  EXPECT_EQ(part.processes.compute, 1);
  EXPECT_EQ(part.processes.graphics, 0);
  ASSERT_THAT(part.processes.list, SizeIs(1));
  EXPECT_EQ(part.processes.list[0].pid, 482);
  EXPECT_EQ(part.processes.list[0].memory_bytes, 4500488192);
  EXPECT_EQ(part.processes.list[0].sm_percent, 89);
}

TEST(NvmlSessionTest, TellsProfilingFromTheSecondSampleOn) {
  const NvmlStandin standin = h200();
  Bench bench(standin);
  EXPECT_EQ(bench.sample().devices[0].parts[0].gpm.sm_active, std::nullopt);
  const NvmlProfile gpm = bench.sample().devices[0].parts[0].gpm;
  EXPECT_DOUBLE_EQ(gpm.sm_active.value(), 0.9648139284081188);
  EXPECT_DOUBLE_EQ(gpm.sm_occupancy.value(), 0.15418046712405062);
  EXPECT_DOUBLE_EQ(gpm.tensor_active.value(), 0.9200497848963371);
  EXPECT_DOUBLE_EQ(gpm.pcie_receive_bytes_per_second.value(), 14.048378172464489 * 1048576);
  EXPECT_EQ(gpm.fp16_active, 0);
}

TEST(NvmlSessionTest, LeavesProfilingOutIfTold) {
  const NvmlStandin standin = h200();
  Bench bench(standin, {.profiling = false});
  bench.sample();
  EXPECT_EQ(bench.sample().devices[0].parts[0].gpm.sm_active, std::nullopt);
}

TEST(NvmlSessionTest, MeasuresPcieOnlyIfToldAndWithoutProfiling) {
  const auto transmitted = [](const NvmlStandin& standin, const NvmlReadOptions& options) {
    return Bench(standin, options).sample().devices.at(0).parts.at(0).gpm.pcie_transmit_bytes_per_second;
  };
  const NvmlStandin standin = h200();
  EXPECT_EQ(transmitted(standin, {.profiling = false, .pcie_throughput = false}), std::nullopt);
  EXPECT_EQ(transmitted(standin, {.profiling = true, .pcie_throughput = true}), std::nullopt);
  EXPECT_EQ(transmitted(standin, {.profiling = false, .pcie_throughput = true}), 7165 * 1024);
}

TEST(NvmlSessionTest, LeavesOutWhatIsNotSupported) {
  const NvmlStandin standin("devices 1\ngpu0.uuid GPU-1\n");
  Bench bench(standin);
  bench.sample();
  const NvmlDevice device = bench.sample().devices.at(0);
  EXPECT_TRUE(device.present);
  EXPECT_EQ(device.info.name, "");
  EXPECT_EQ(device.readings.energy_millijoules, std::nullopt);
  EXPECT_EQ(device.readings.power_watts, std::nullopt);
  EXPECT_EQ(device.readings.gpu_utilization_percent, std::nullopt);
  EXPECT_EQ(device.readings.power_instant_watts, std::nullopt);
  EXPECT_EQ(device.health.ecc_corrected_volatile, std::nullopt);
  EXPECT_EQ(device.health.row_remap_failed, std::nullopt);
  EXPECT_EQ(device.xids.has_value(), false);
  EXPECT_EQ(device.parts.at(0).memory.has_value(), false);
  EXPECT_EQ(device.parts.at(0).gpm.sm_active, std::nullopt);
  EXPECT_THAT(bench.history().faults.counts(), IsEmpty());
}

TEST(NvmlSessionTest, ReadsWhatAnOldDriverHas) {
  const NvmlStandin standin(base::read_file(CEEMS_TEST_DATA "/h200.conf").value(), "old");
  Bench bench(standin);
  const NvmlDevice device = bench.sample().devices.at(0);
  EXPECT_EQ(device.info.pci_bus_id, "0000:00:06.0");
  EXPECT_DOUBLE_EQ(device.readings.power_watts.value(), 689.674);
  EXPECT_EQ(device.readings.clocks_event_reasons, 4);
  EXPECT_EQ(device.readings.energy_millijoules, std::nullopt);
  EXPECT_EQ(device.parts.at(0).memory.value().used_bytes, 5154668544);  // with what is reserved
  EXPECT_EQ(device.parts.at(0).memory.value().reserved_bytes, std::nullopt);
  EXPECT_EQ(device.parts.at(0).processes.compute, 1);
  EXPECT_EQ(device.parts.at(0).processes.mps, std::nullopt);
  EXPECT_EQ(device.parts.at(0).processes.list.at(0).memory_bytes, 4500488192);
  EXPECT_THAT(bench.history().faults.counts(), IsEmpty());
}

TEST(NvmlSessionTest, KnowsMigDevices) {
  const NvmlStandin standin = mig();
  const NvmlSnapshot snapshot = Bench(standin).sample();
  ASSERT_THAT(snapshot.devices, SizeIs(2));
  const NvmlDeviceInfo& info = snapshot.devices[0].info;
  EXPECT_TRUE(info.mig_enabled);
  ASSERT_THAT(info.mig_devices, SizeIs(4));
  EXPECT_EQ(info.mig_devices[1].uuid, "MIG-00000000-aaaa-0000-0000-000000000001");
  EXPECT_EQ(info.mig_devices[1].gpu_instance_id, 1);
  EXPECT_EQ(info.mig_devices[1].compute_instance_id, 1);
  EXPECT_EQ(info.mig_devices[1].profile, "3g.71gb");
  EXPECT_EQ(info.mig_devices[1].sm_count, 28);
  EXPECT_EQ(info.mig_devices[1].gpu_instance_slices, 3);
  EXPECT_EQ(info.mig_devices[1].compute_instance_slices, 2);
  EXPECT_EQ(info.mig_devices[3].index, 4);
  EXPECT_FALSE(snapshot.devices[1].info.mig_enabled);
}

TEST(NvmlSessionTest, ReadsEachGpuInstance) {
  const NvmlStandin standin = mig();
  Bench bench(standin);
  bench.sample();
  const NvmlSnapshot snapshot = bench.sample();
  const std::vector<NvmlPart>& parts = snapshot.devices.at(0).parts;
  EXPECT_THAT(parts, ElementsAre(Field(&NvmlPart::gpu_instance_id, 1), Field(&NvmlPart::gpu_instance_id, 9),
                                 Field(&NvmlPart::gpu_instance_id, 10)));
  EXPECT_EQ(parts[0].sm_count, 60);
  EXPECT_EQ(parts[0].processes.compute, 3);
  EXPECT_EQ(parts[0].gpm.sm_active, 0.6);
  EXPECT_EQ(parts[1].profile, "1g.18gb");
  EXPECT_EQ(parts[1].memory.value().used_bytes, 1072693248);
  EXPECT_EQ(parts[1].gpm.sm_active, 0.05);
  EXPECT_EQ(parts[2].memory.has_value(), false);
  EXPECT_EQ(parts[2].gpm.sm_active, std::nullopt);
  EXPECT_EQ(snapshot.devices[0].readings.energy_millijoules, 1000000);
  ASSERT_THAT(snapshot.devices[1].parts, SizeIs(1));
  EXPECT_EQ(snapshot.devices[1].parts[0].gpm.graphics_engine_active, 0);
}

TEST(NvmlSessionTest, NoticesWhenMigIsSetUpAnew) {
  NvmlStandin standin = mig();
  Bench bench(standin);
  const std::uint64_t before = bench.sample().generation;
  EXPECT_EQ(bench.sample().generation, before);
  standin.unset("gpu0.mig2.ids");
  const NvmlSnapshot after = bench.sample();
  EXPECT_NE(after.generation, before);
  EXPECT_THAT(after.devices.at(0).parts,
              ElementsAre(Field(&NvmlPart::gpu_instance_id, 1), Field(&NvmlPart::gpu_instance_id, 10)));
}

TEST(NvmlSessionTest, HasMigWithoutInstances) {
  const NvmlStandin standin("devices 1\ngpu0.uuid GPU-1\ngpu0.mig 1\ngpu0.mig_devices 7\ngpu0.power 5000\n");
  const NvmlDevice device = Bench(standin).sample().devices.at(0);
  EXPECT_TRUE(device.info.mig_enabled);
  EXPECT_THAT(device.parts, IsEmpty());
  EXPECT_EQ(device.readings.power_watts, 5);
}

TEST(NvmlSessionTest, CountsCriticalErrors) {
  NvmlStandin standin = h200();
  Bench bench(standin);
  EXPECT_EQ(bench.sample().devices.at(0).xids.value().last, 0);
  standin.set("gpu0.xids", "48 79 48");
  const NvmlXids xids = bench.sample().devices.at(0).xids.value();
  EXPECT_EQ(xids.last, 48);
  ASSERT_THAT(xids.counts, SizeIs(2));
  EXPECT_EQ(xids.counts[0].xid, 48);
  EXPECT_EQ(xids.counts[0].count, 2);
  bench.reopen();
  EXPECT_EQ(bench.sample().devices.at(0).xids.value().last, 48);
}

TEST(NvmlSessionTest, BoundsTheKindsOfCriticalErrors) {
  NvmlXids xids;
  for (std::uint64_t i = 1; i < 200; ++i)
    count_xid(xids, i);
  count_xid(xids, ~std::uint64_t{0} - 5);
  EXPECT_THAT(xids.counts, SizeIs(65));
  EXPECT_EQ(xids.counts.back().xid, NvmlXids::kOther);
  EXPECT_EQ(xids.counts.back().count, 200 - 1 - 64 + 1);
}

TEST(NvmlSessionTest, TellsALostGpuFromTheOthers) {
  NvmlStandin standin = mig();
  Bench bench(standin, kEverySample);
  bench.sample();
  standin.set("fail.nvmlDeviceGetPowerUsage", "0");
  standin.set("fail.gpu0", "15");
  const NvmlSnapshot snapshot = bench.sample();
  EXPECT_TRUE(bench.session().lacks_device());
  ASSERT_THAT(snapshot.devices, SizeIs(2));
  EXPECT_EQ(snapshot.devices[0].info.index, 1);
  EXPECT_TRUE(snapshot.devices[0].present);
  EXPECT_EQ(snapshot.devices[0].readings.power_watts, 100);
  EXPECT_EQ(snapshot.devices[1].info.uuid, "GPU-aaaaaaaa-0000-0000-0000-000000000000");
  EXPECT_FALSE(snapshot.devices[1].present);
  EXPECT_EQ(snapshot.devices[1].readings.power_watts, std::nullopt);
  EXPECT_FALSE(bench.history().faults.driver_lost());
  standin.set("fail.gpu0", "0");
  EXPECT_TRUE(bench.sample().devices.at(0).present);
  EXPECT_FALSE(bench.session().lacks_device());
}

TEST(NvmlSessionTest, TrustsNothingOfAGpuThatIsLostMeanwhile) {
  NvmlStandin standin = h200();
  Bench bench(standin);
  bench.sample();
  standin.set("fail.nvmlDeviceGetTotalEnergyConsumption", "15");
  const NvmlDevice device = bench.sample().devices.at(0);
  EXPECT_FALSE(device.present);
  EXPECT_EQ(device.readings.power_watts, std::nullopt);
  EXPECT_THAT(device.parts, IsEmpty());
}

TEST(NvmlSessionTest, NoticesThatTheDriverIsGone) {
  NvmlStandin standin = h200();
  Bench bench(standin);
  standin.set("fail.nvmlDeviceGetPowerUsage", "9");
  bench.sample();
  EXPECT_EQ(bench.history().faults.driver_lost(), NvmlReturn::kDriverNotLoaded);
}

TEST(NvmlSessionTest, SaysWhyNvmlCannotBeInitialised) {
  const NvmlStandin standin("fail.nvmlInit_v2 9\n");
  const auto library = NvmlLibrary::load(standin.libraries()).value();
  NvmlHistory history;
  const auto session = NvmlSession::open(*library, history, {}, {});
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().text(),
            standin.path() + ": NVML can't be initialised: NVIDIA's kernel driver is not loaded");
}

TEST(NvmlSessionTest, CountsErrorsAndGoesOn) {
  NvmlStandin standin = h200();
  Bench bench(standin);
  standin.set("fail.nvmlDeviceGetPowerUsage", "999");
  standin.set("fail.nvmlDeviceGetTemperature", "4");
  const NvmlDevice device = bench.sample().devices.at(0);
  EXPECT_TRUE(device.present);
  EXPECT_EQ(device.readings.power_watts, std::nullopt);
  EXPECT_EQ(device.readings.gpu_utilization_percent, 100);
  EXPECT_THAT(bench.history().faults.counts(), ElementsAre(std::pair(NvmlReturn::kUnknown, 1)));
}

TEST(NvmlSessionTest, LeavesOutAbsurdValues) {
  NvmlStandin standin = h200();
  standin.set("gpu0.energy", "18446744073709551615");
  standin.set("gpu0.power", "4294967295");
  standin.set("gpu0.power_limit", "999999999");
  standin.set("gpu0.utilization", "4000000000 101");
  standin.set("gpu0.memory", "10 0 20 5");
  standin.set("gpu0.clock_sm", "4294967295");
  standin.set("gpu0.temperature", "4294967290");
  standin.set("gpu0.ecc", "18446744073709551615 1 2 3");
  standin.set("gpu0.cores", "4294967295");
  standin.set("gpu0.name", "UNTERMINATED");
  standin.set("gpu0.field.186", "i -5");
  standin.set("gpu0.field.82", "? 5");
  standin.set("gpu0.field.74", "l 18446744073709551615");
  standin.set("gpu0.gpm.1", "nan");
  standin.set("gpu0.gpm.2", "-1");
  standin.set("gpu0.gpm.3", "1e300");
  standin.set("gpu0.gpm.20", "inf");
  Bench bench(standin);
  bench.sample();
  const NvmlDevice device = bench.sample().devices.at(0);
  EXPECT_EQ(device.info.name, std::string(nvml::kTextSize, 'U'));
  EXPECT_EQ(device.info.sm_count, std::nullopt);
  EXPECT_EQ(device.readings.energy_millijoules, std::nullopt);
  EXPECT_EQ(device.readings.power_watts, std::nullopt);
  EXPECT_EQ(device.readings.power_limit_watts, std::nullopt);
  EXPECT_EQ(device.readings.gpu_utilization_percent, std::nullopt);
  EXPECT_EQ(device.readings.memory_utilization_percent, std::nullopt);
  EXPECT_EQ(device.readings.sm_clock_mhz, std::nullopt);
  EXPECT_EQ(device.readings.temperature_celsius, std::nullopt);
  EXPECT_EQ(device.readings.power_instant_watts, std::nullopt);
  EXPECT_EQ(device.readings.memory_temperature_celsius, std::nullopt);
  EXPECT_EQ(device.readings.power_violation_nanoseconds, std::nullopt);
  EXPECT_EQ(device.health.ecc_corrected_volatile, std::nullopt);
  EXPECT_EQ(device.health.ecc_uncorrected_volatile, 1);
  EXPECT_EQ(device.parts.at(0).memory.has_value(), false);
  EXPECT_EQ(device.parts.at(0).gpm.graphics_engine_active, std::nullopt);
  EXPECT_EQ(device.parts.at(0).gpm.sm_active, std::nullopt);
  EXPECT_EQ(device.parts.at(0).gpm.sm_occupancy, std::nullopt);
  EXPECT_EQ(device.parts.at(0).gpm.pcie_transmit_bytes_per_second, std::nullopt);
}

TEST(NvmlSessionTest, LeavesOutAbsurdSizesOfMigDevices) {
  NvmlStandin standin = mig();
  standin.set("gpu0.mig2.ids", "9 0 4294967295 0 4294967295");
  const NvmlDevice device = Bench(standin).sample().devices.at(0);
  EXPECT_EQ(device.info.mig_devices.at(2).sm_count, std::nullopt);
  EXPECT_EQ(device.info.mig_devices.at(2).gpu_instance_slices, std::nullopt);
  EXPECT_EQ(device.info.mig_devices.at(2).compute_instance_slices, std::nullopt);
  EXPECT_EQ(device.parts.at(1).sm_count, std::nullopt);
}

TEST(NvmlSessionTest, BoundsTheNumberOfGpus) {
  std::string description = "devices 4000000000\n";
  for (int i = 0; i < 64; ++i)
    description += "gpu" + std::to_string(i) + ".uuid GPU-" + std::to_string(i) + "\n";
  const NvmlStandin standin(description);
  EXPECT_THAT(Bench(standin).sample().devices, SizeIs(64));
}

TEST(NvmlSessionTest, TakesEachUuidOnce) {
  const NvmlStandin standin("devices 3\ngpu0.uuid GPU-1\ngpu1.uuid GPU-1\n");
  EXPECT_THAT(Bench(standin).sample().devices, SizeIs(1));
}

TEST(NvmlSessionTest, LooksAtABoundedNumberOfProcesses) {
  NvmlStandin standin = h200();
  standin.set("gpu0.compute_many", "10000");
  const NvmlProcesses processes = Bench(standin).sample().devices.at(0).parts.at(0).processes;
  EXPECT_EQ(processes.compute, 10000);
  EXPECT_TRUE(processes.truncated);
  EXPECT_THAT(processes.list, IsEmpty());
}

TEST(NvmlSessionTest, ReadsManyProcesses) {
  NvmlStandin standin = h200();
  standin.set("gpu0.compute_many", "3000");
  Bench bench(standin);
  bench.sample();
  const NvmlProcesses processes = bench.sample().devices.at(0).parts.at(0).processes;
  EXPECT_EQ(processes.compute, 3000);
  EXPECT_FALSE(processes.truncated);
  EXPECT_THAT(processes.list, SizeIs(3000));
}

TEST(NvmlSessionTest, KeepsUpWithProcessesThatBecomeMore) {
  NvmlStandin standin = h200();
  standin.set("gpu0.compute_grow", "10");
  EXPECT_GT(Bench(standin).sample().devices.at(0).parts.at(0).processes.compute.value(), 8);
  standin.set("gpu0.compute_grow", "1000");
  const NvmlProcesses processes = Bench(standin).sample().devices.at(0).parts.at(0).processes;
  EXPECT_TRUE(processes.truncated);
}

TEST(NvmlSessionTest, DoesNotBelieveACountBeyondItsBuffer) {
  NvmlStandin standin = h200();
  standin.set("gpu0.count_lies", "4000000000");
  EXPECT_LE(Bench(standin).sample().devices.at(0).parts.at(0).processes.list.size(),
            NvmlProcessReader::kMaxProcesses);
}

TEST(NvmlSessionTest, ReportsAFallingEnergyCounterOnlyAfterTheDriverIsLoadedAnew) {
  NvmlStandin standin = h200();
  Bench bench(standin);
  bench.sample();
  standin.set("gpu0.energy", "100");
  EXPECT_EQ(bench.sample().devices.at(0).readings.energy_millijoules, 4626171);
  bench.reopen();
  EXPECT_EQ(bench.sample().devices.at(0).readings.energy_millijoules, 100);
}

}  // namespace
}  // namespace ceems::gpu
