#include "gpu/detect.h"

#include "base/file.h"
#include "base/process.h"
#include "base/temporary_directory_test.h"
#include "gpu/amd_topology.h"
#include "gpu/device_text_test.h"
#include "gpu/device_watch.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

using std::chrono::milliseconds;

// A node of ordinary files whose tools are shell scripts.
struct Node : base::TemporaryDirectory {
  Node() {
    make("sys");
    make("bin");
  }
  void plug(const std::string& address, const std::string& device_class, const std::string& vendor) const {
    write("sys/bus/pci/devices/" + address + "/class", device_class + "\n");
    write("sys/bus/pci/devices/" + address + "/vendor", vendor + "\n");
  }
  void tool(const std::string& name, const std::string& script) const {
    // Renamed into place: a running script must not change under its shell.
    write("bin/" + name + ".new", "#!/bin/sh\n" + script + "\n");
    const std::string path = root + "/bin/" + name;
    ASSERT_EQ(::chmod((path + ".new").c_str(), 0755), 0);
    std::filesystem::rename(path + ".new", path);
  }
  static std::string cat(const std::string& file) {
    return "cat " + base::join_path(CEEMS_TEST_DATA, "smi/" + file);
  }
  DetectOptions options() const {
    DetectOptions options;
    options.sysfs = root + "/sys";
    options.search_path = root + "/bin:/usr/bin:/bin";
    options.timeout = milliseconds(10'000);
    return options;
  }
  const std::string root = path();
};

// One line for each vendor.
std::string outcome(const std::vector<Found>& found) {
  std::string text;
  for (const Found& one : found) {
    text += fmt::format("{} {}\n", vendor_name(one.vendor),
                        one.devices ? fmt::to_string(one.devices->size()) : one.devices.error().message);
  }
  return text;
}

TEST(DetectDevices, AsksOnlyForWhatIsPluggedIn) {
  Node node;
  node.tool("nvidia-smi", "exit 1");
  node.plug("0000:00:01.0", "0x060400", "0x10de");
  node.plug("0000:00:02.0", "0x030000", "0x1a03");
  EXPECT_EQ(outcome(detect_devices(node.options())), "");
  node.plug("0000:00:03.0", "0x120000", "0x1002");
  node.plug("0000:00:04.0", "0x030200", "0x10de");
  node.plug("0000:00:05.0", "0x030200", "0x10de");
  EXPECT_EQ(vendors_to_detect(node.options()), (std::vector{Vendor::kNvidia, Vendor::kAmd}));
  DetectOptions none = node.options();
  none.vendors.emplace();
  EXPECT_EQ(outcome(detect_devices(none)), "");
}

TEST(DetectDevices, RunsNvidiaSmiAsItIsMeantToBe) {
  Node node;
  node.plug("0000:00:04.0", "0x030200", "0x10de");
  node.tool("nvidia-smi",
            "if [ \"$*\" = -L ]; then " + Node::cat("mig-list.txt") +
                "; exit; fi\n[ \"$*\" = '--query --xml-format' ] || exit 3\necho 'a warning' >&2\n" +
                Node::cat("mig.xml"));
  const auto found = detect_devices(node.options());
  ASSERT_EQ(outcome(found), "nvidia 3\n");
  EXPECT_EQ((*found[0].devices)[1].instances[2].uuid, "MIG-b2");
}

TEST(DetectDevices, PrefersTheToolThatIsGiven) {
  Node node;
  node.tool("nvidia-smi", "exit 1");
  node.tool("mine", Node::cat("h200.xml"));
  DetectOptions options = node.options();
  options.vendors = {Vendor::kNvidia};
  options.nvidia_smi = node.root + "/bin/mine";
  EXPECT_EQ(outcome(detect_devices(options)), "nvidia 1\n");
  options.nvidia_smi = node.root + "/bin/missing";
  EXPECT_EQ(outcome(detect_devices(options)), "nvidia ended with status 1: \n");
}

TEST(DetectDevices, FallsBackToTheOlderToolOfAmd) {
  Node node;
  DetectOptions options = node.options();
  options.vendors = {Vendor::kAmd};
  ASSERT_EQ(detect_devices(options).size(), 1);
  EXPECT_EQ(detect_devices(options)[0].devices.error().code, base::ErrorCode::kNotFound);
  node.tool("amd-smi", "echo broken");
  EXPECT_EQ(outcome(detect_devices(options)), "amd did not print what can be read\n");
  node.tool("rocm-smi", Node::cat("rocm-smi.json"));
  EXPECT_EQ(outcome(detect_devices(options)), "amd 3\n");
  node.tool("amd-smi", Node::cat("amd-smi.json"));
  EXPECT_EQ(outcome(detect_devices(options)), "amd 4\n");
}

TEST(DetectDevices, OutlivesToolsThatMisbehave) {
  Node node;
  DetectOptions options = node.options();
  options.vendors = {Vendor::kNvidia};
  EXPECT_EQ(detect_devices(options)[0].devices.error().code, base::ErrorCode::kNotFound);
  node.tool("nvidia-smi", "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");
  EXPECT_EQ(outcome(detect_devices(options)),
            "nvidia ended with status 18: Failed to initialize NVML: Driver/library version mismatch\n");
  node.tool("nvidia-smi", ":");
  EXPECT_EQ(detect_devices(options)[0].devices.error().code, base::ErrorCode::kInvalid);
  node.tool("nvidia-smi", "kill -11 $$");
  EXPECT_EQ(outcome(detect_devices(options)), "nvidia ended with signal 11: \n");
  node.tool("nvidia-smi", "head -c 20000000 /dev/zero");
  EXPECT_EQ(detect_devices(options)[0].devices.error().code, base::ErrorCode::kTooLarge);
  options.timeout = milliseconds(50);
  node.tool("nvidia-smi", "exec sleep 1000");
  EXPECT_EQ(detect_devices(options)[0].devices.error().code, base::ErrorCode::kTimeout);
}

// Another place whose tools are scripts of a directory, or where nobody is.
class Elsewhere final : public ToolPlace {
 public:
  explicit Elsewhere(std::string directory) : directory_(std::move(directory)) {}
  base::Result<std::string> run(Vendor /*vendor*/, const std::vector<std::string>& command,
                                milliseconds /*timeout*/) override {
    ++asked;
    if (cancelled) return base::fail(base::ErrorCode::kCancelled, "", "cancelled");
    if (directory_.empty()) return base::fail(base::ErrorCode::kNotFound, "", "nobody there");
    base::ChildOptions child;
    child.arguments = command;
    child.search_path = directory_ + ":/usr/bin:/bin";
    CEEMS_TRY(base::ChildResult result, base::run_child(child));
    if (result.exit_status == 0) return std::move(result.output);
    return base::fail(base::ErrorCode::kUnavailable, "", "ended badly there");
  }
  void cancel() override { cancelled = true; }

  std::atomic<int> asked = 0;
  std::atomic<bool> cancelled = false;

 private:
  const std::string directory_;
};

TEST(DetectDevices, RunsToolsElsewhereWhereTheyAreMissingOrFail) {
  Node node;
  Node other;
  other.tool("nvidia-smi",
             "[ \"$*\" = -L ] && exec " + Node::cat("mig-list.txt") + "\n" + Node::cat("mig.xml"));
  other.tool("rocm-smi", Node::cat("rocm-smi.json"));
  DetectOptions options = node.options();
  options.vendors = {Vendor::kNvidia, Vendor::kAmd};
  const auto place = std::make_shared<Elsewhere>(other.root + "/bin");
  options.elsewhere = place;
  auto found = detect_devices(options);
  ASSERT_EQ(outcome(found), "nvidia 3\namd 3\n");
  EXPECT_TRUE(found[0].elsewhere && found[1].elsewhere);
  EXPECT_EQ((*found[0].devices)[1].instances[2].uuid, "MIG-b2");
  node.tool("nvidia-smi", "exit 9");
  EXPECT_EQ(outcome(detect_devices(options)), "nvidia 3\namd 3\n");
  node.tool("nvidia-smi", Node::cat("h200.xml"));
  node.tool("amd-smi", Node::cat("amd-smi.json"));
  const int asked = place->asked;
  found = detect_devices(options);
  EXPECT_EQ(outcome(found), "nvidia 1\namd 4\n");
  EXPECT_FALSE(found[0].elsewhere || found[1].elsewhere);
  EXPECT_EQ(place->asked, asked);
}

TEST(DetectDevices, TellsWhatFailedHereAndElsewhere) {
  Node node;
  DetectOptions options = node.options();
  options.vendors = {Vendor::kNvidia};
  options.elsewhere = std::make_shared<Elsewhere>("");
  const auto missing = detect_devices(options);
  EXPECT_EQ(missing[0].devices.error().code, base::ErrorCode::kNotFound);
  EXPECT_TRUE(missing[0].devices.error().message.ends_with("; nobody there")) << outcome(missing);
  node.tool("nvidia-smi", "exit 9");
  const auto failed = detect_devices(options);
  EXPECT_EQ(failed[0].devices.error().code, base::ErrorCode::kUnavailable);
  EXPECT_TRUE(failed[0].devices.error().message.ends_with("ended with status 9: ; nobody there"))
      << outcome(failed);
  Node other;
  options.elsewhere = std::make_shared<Elsewhere>(other.root + "/bin");
  other.tool("nvidia-smi", "exit 1");
  EXPECT_TRUE(detect_devices(options)[0].devices.error().message.ends_with("; ended badly there"));
}

// Two GPUs: one undivided, one in two partitions.
void make_topology(const Node& node) {
  const auto add = [&](int number, int minor, const std::string& id, int simds, int per_cu) {
    node.write(
        fmt::format("sys/class/kfd/kfd/topology/nodes/{}/properties", number),
        fmt::format("cpu_cores_count 0\nsimd_count {}\nsimd_per_cu {}\ndrm_render_minor {}\nunique_id {}\n",
                    simds, per_cu, minor, id));
  };
  add(0, 0, "0", 0, 0);
  add(1, 128, "77", 1216, 4);
  add(2, 129, "88", 152, 4);
  add(3, 130, "88", 148, 4);
  add(4, 131, "99", 100, 0);
  const std::string driver = "sys/module/amdgpu/drivers/pci:amdgpu/";
  node.write(driver + "0000:0c:00.0/drm/renderD128/dev", "");
  node.write(driver + "0000:22:00.0/drm/renderD129/dev", "");
  node.write(driver + "bind", "");
  node.write("sys/devices/platform/amdgpu_xcp_1/drm/renderD130/dev", "");
  node.write("sys/devices/platform/serial8250/drm/renderD131/dev", "");
}

TEST(DetectDevices, LearnsFromTheDriverWhatAmdsToolLeavesOut) {
  Node node;
  make_topology(node);
  node.tool("amd-smi", Node::cat("amd-smi.json"));
  DetectOptions options = node.options();
  options.vendors = {Vendor::kAmd};
  const auto found = detect_devices(options);
  ASSERT_TRUE(found[0].devices);
  const Device& whole = (*found[0].devices)[0];
  EXPECT_EQ(whole.kubernetes_id, "0000:0c:00.0");
  EXPECT_EQ(whole.render_minor, 128);
  EXPECT_EQ(whole.sm_count, 304);
  const Device& divided = (*found[0].devices)[1];
  EXPECT_EQ(divided.kubernetes_id, "");
  EXPECT_EQ(divided.render_minor, std::nullopt);
  EXPECT_EQ(divided.instances[0].uuid, "0000:22:00.0");
  EXPECT_EQ(divided.instances[0].render_minor, 129);
  EXPECT_EQ(divided.instances[1].uuid, "amdgpu_xcp_1");
  EXPECT_EQ(divided.instances[1].sm_count, 37);
  EXPECT_EQ((*found[0].devices)[2].kubernetes_id, "");
}

TEST(DeviceFingerprint, ChangesWithWhatDriversShow) {
  Node node;
  const auto print = [&] { return device_fingerprint(node.root + "/sys", node.root + "/proc"); };
  std::uint64_t before = print();
  const auto changes = [&](const std::string& path) {
    node.write(path, "1");
    const std::uint64_t now = print();
    const bool changed = now != before;
    before = now;
    return changed;
  };
  EXPECT_FALSE(changes("proc/other"));
  EXPECT_TRUE(changes("proc/driver/nvidia/version"));
  EXPECT_TRUE(changes("proc/driver/nvidia/gpus/0000:00:06.0/information"));
  EXPECT_TRUE(changes("proc/driver/nvidia/capabilities/gpu0/mig/gi3/access"));
  EXPECT_TRUE(changes("proc/driver/nvidia/capabilities/gpu0/mig/gi3/ci0/access"));
  EXPECT_TRUE(changes("sys/class/kfd/kfd/topology/nodes/1/properties"));
  node.plug("0000:00:04.0", "0x030200", "0x10de");
  EXPECT_NE(print(), before);
}

struct Watching {
  explicit Watching(const Node& node,
                    std::optional<std::vector<Vendor>> vendors = std::vector{Vendor::kNvidia},
                    std::shared_ptr<ToolPlace> elsewhere = nullptr) {
    DeviceWatchOptions options;
    options.detect = node.options();
    options.detect.timeout = std::chrono::hours(1);
    options.detect.vendors = std::move(vendors);
    options.detect.elsewhere = std::move(elsewhere);
    options.procfs = node.root + "/proc";
    options.order = DeviceOrder::parse("7:0").value();
    options.look_interval = milliseconds(1);
    options.retry_first = milliseconds(1);
    watch.emplace(std::move(options), base::Logger());
    watch->start();
  }
  // Waits until `is_so` says yes of what is there.
  template <class Condition>
  DeviceWatch::View wait(Condition is_so) const {
    for (;;) {
      DeviceWatch::View view = watch->view();
      if (is_so(view)) return view;
      std::this_thread::sleep_for(milliseconds(1));
    }
  }
  std::optional<DeviceWatch> watch;
};

TEST(DeviceWatch, FindsWhatChanges) {
  Node node;
  node.tool("nvidia-smi", Node::cat("h200.xml"));
  Watching watching(node);
  const auto first = watching.wait([](const auto& view) { return view.list != nullptr; });
  ASSERT_EQ(first.list->devices.size(), 1);
  EXPECT_EQ(first.list->devices[0].index, "7");
  ASSERT_EQ(first.sources.size(), 1);
  EXPECT_EQ(first.sources[0].from, DevicesFrom::kTool);
  node.tool("nvidia-smi", Node::cat("mig.xml"));
  EXPECT_EQ(watching.watch->view().list->generation, first.list->generation);
  node.write("proc/driver/nvidia/capabilities/gpu0/mig/gi3/access", "");
  const auto second = watching.wait([](const auto& view) { return view.list->devices.size() == 3; });
  EXPECT_GT(second.list->generation, first.list->generation);
}

TEST(DeviceWatch, KeepsWhatItKnowsWhenAToolFailsAndTriesAgain) {
  Node node;
  node.tool("nvidia-smi", Node::cat("h200.xml"));
  Watching watching(node);
  watching.wait([](const auto& view) { return view.list != nullptr; });
  node.tool("nvidia-smi", "exit 9");
  node.write("proc/driver/nvidia/version", "2");
  const auto failed =
      watching.wait([](const auto& view) { return !view.sources.empty() && view.sources[0].failed; });
  EXPECT_EQ(failed.list->devices.size(), 1);
  node.tool("nvidia-smi", Node::cat("mig.xml"));
  watching.wait([](const auto& view) { return view.list->devices.size() == 3 && !view.sources[0].failed; });
}

TEST(DeviceWatch, TellsOfANodeWithoutGpus) {
  Node node;
  Watching watching(node, std::nullopt);
  const auto view = watching.wait([](const auto& now) { return now.list != nullptr; });
  EXPECT_TRUE(view.list->devices.empty());
  EXPECT_EQ(view.looks, 0);
}

TEST(DeviceWatch, TellsWhereToolsWereRunAndCancelsThem) {
  Node node;
  Node other;
  other.tool("nvidia-smi", Node::cat("h200.xml"));
  const auto place = std::make_shared<Elsewhere>(other.root + "/bin");
  Watching watching(node, std::vector{Vendor::kNvidia}, place);
  const auto view =
      watching.wait([](const auto& now) { return now.list != nullptr && !now.list->devices.empty(); });
  ASSERT_EQ(view.sources.size(), 1);
  EXPECT_EQ(view.sources[0].from, DevicesFrom::kToolElsewhere);
  watching.watch->stop();
  EXPECT_TRUE(place->cancelled);
}

TEST(DeviceWatch, EndsWithAToolThatNeverDoes) {
  Node node;
  node.tool("nvidia-smi", "touch " + node.root + "/running; exec sleep 100000");
  Watching watching(node);
  while (!base::exists(node.root + "/running"))
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(watching.watch->view().list, nullptr);
  watching.watch->stop();
  watching.watch->start();
}

}  // namespace
}  // namespace ceems::gpu
