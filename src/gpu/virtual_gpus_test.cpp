#include "gpu/virtual_gpus.h"

#include "base/temporary_directory_test.h"

#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

// A sysfs of directories and links.
struct Sysfs : base::TemporaryDirectory {
  void link(const std::string& path, const std::string& target) const {
    const std::filesystem::path at = root + "/" + path;
    std::filesystem::create_directories(at.parent_path());
    std::filesystem::create_symlink(target, at);
  }
  const std::string root = path();
};

// GPUs at 40:00.0 and 41:00.0; the second one is divided, into GPU instance 3.
std::vector<Device> two_devices() {
  std::vector<Device> devices(2);
  devices[0].uuid = "GPU-a";
  devices[0].index = "0";
  devices[0].address = PciAddress{.domain = 0, .bus = 0x40, .device = 0, .function = 0};
  devices[1].uuid = "GPU-b";
  devices[1].divided = true;
  devices[1].address = PciAddress{.domain = 0, .bus = 0x41, .device = 0, .function = 0};
  devices[1].instances.resize(1);
  devices[1].instances[0].index = "1";
  devices[1].instances[0].gpu_instance_id = 3;
  return devices;
}

// "mdev/vm/instance" of each virtual GPU, by device.
std::string virtual_gpus(const std::vector<Device>& devices) {
  std::string text;
  for (const Device& device : devices) {
    for (const VirtualGpu& one : device.virtual_gpus) {
      text += fmt::format("{}/{}/{} ", one.mdev, one.vm,
                          one.gpu_instance_id ? fmt::format("{}", *one.gpu_instance_id) : "");
    }
    text += "; ";
  }
  return text;
}

constexpr const char* kQuery = R"(
==============NVSMI LOG==============

Timestamp                                 : Thu Nov 26 12:00:00 2026
Attached GPUs                             : 2
GPU 00000000:40:00.0
    Active vGPUs                          : 2
    vGPU ID                               : 3251634191
        VM UUID                           : EE7B7A4B-388a-4357-a425-5318b2c65b3f
        VM Name                           : GPU 00000000:41:00.0
        vGPU Name                         : GRID V100D-16C
        MDEV UUID                         : 11111111-aaaa-4357-a425-000000000001
        GPU Instance ID                   : N/A
        PCI
            Bus Id                        : 00000000:06:00.0
    vGPU ID                               : 3251634192
        VM UUID                           : ee7b7a4b-388a-4357-a425-5318b2c65b40
        MDEV UUID                         : N/A
GPU 00000000:41:00.0
    Active vGPUs                          : 1
    vGPU ID                               : 3251634193
        MDEV UUID                         : 11111111-aaaa-4357-a425-000000000003
        GPU Instance ID                   : 3
    vGPU ID                               : 3251634194
        MDEV UUID                         : 11111111-aaaa-4357-a425-000000000004
        GPU Instance ID                   : 5
GPU 00000000:99:00.0
    vGPU ID                               : 1
        MDEV UUID                         : 11111111-aaaa-4357-a425-000000000099
)";

TEST(VirtualGpus, AreFoundInSysfs) {
  const Sysfs sysfs;
  sysfs.link("bus/pci/devices/0000:40:00.0/virtfn0", "../0000:40:00.4");
  sysfs.link("bus/pci/devices/0000:40:00.0/virtfn1", "../0000:40:00.5");
  sysfs.link("bus/pci/devices/0000:40:00.0/virtfn2", "nonsense");
  const std::string devices_of_bus = "../../../devices/pci0000:3a/";
  sysfs.link("bus/mdev/devices/C2177883-f1bb-47f0-914d-32a22e3a8804",
             devices_of_bus + "0000:40:00.5/C2177883-f1bb-47f0-914d-32a22e3a8804");
  sysfs.link("bus/mdev/devices/m2", devices_of_bus + "0000:3a:01.0/0000:41:00.0/m2");
  sysfs.link("bus/mdev/devices/m3", devices_of_bus + "0000:17:00.0/m3");
  sysfs.link("bus/mdev/devices/m4", "m4");
  auto devices = two_devices();
  EXPECT_FALSE(has_virtual_gpus(devices));
  read_virtual_gpus(devices, sysfs.root);
  ASSERT_EQ(devices[0].virtual_functions.size(), 2);
  EXPECT_EQ(print_pci_address(devices[0].virtual_functions[1]), "0000:40:00.5");
  EXPECT_TRUE(devices[1].virtual_functions.empty());
  EXPECT_EQ(virtual_gpus(devices), "c2177883-f1bb-47f0-914d-32a22e3a8804// ; m2// ; ");
  EXPECT_TRUE(has_virtual_gpus(devices));
  read_virtual_gpus(devices, "/nowhere");
  EXPECT_FALSE(has_virtual_gpus(devices));
}

TEST(VirtualGpus, AreWhatTheToolSaysOfThoseInUse) {
  auto devices = two_devices();
  devices[1].virtual_gpus = {
      {.mdev = "11111111-aaaa-4357-a425-000000000003", .vm = "", .gpu_instance_id = {}}};
  add_vgpu_query(devices, kQuery);
  EXPECT_EQ(virtual_gpus(devices),
            "11111111-aaaa-4357-a425-000000000001/ee7b7a4b-388a-4357-a425-5318b2c65b3f/ "
            "/ee7b7a4b-388a-4357-a425-5318b2c65b40/ ; "
            "11111111-aaaa-4357-a425-000000000003//3 11111111-aaaa-4357-a425-000000000004//5 ; ");
  // An instance that only a VM knows is one all the same, and others keep their numbers.
  ASSERT_EQ(devices[1].instances.size(), 2);
  EXPECT_EQ(devices[1].instances[0].index, "1");
  EXPECT_EQ(devices[1].instances[1].index, "2");
  EXPECT_EQ(devices[1].instances[1].gpu_instance_id, 5);
}

TEST(VirtualGpus, AreToldApartWithoutTheirIds) {
  auto devices = two_devices();
  add_vgpu_query(
      devices,
      "GPU 00000000:41:00.0\n  MDEV UUID : a\n  GPU Instance ID : 3\n  MDEV UUID : b\n  MDEV UUID : c\n"
      "  GPU Instance ID : 4294967295\n");
  EXPECT_EQ(virtual_gpus(devices), "; a//3 b// c// ; ");
}

TEST(VirtualGpus, SurviveNonsense) {
  for (const std::string text :
       {"", "GPU", "GPU \n", "MDEV UUID : a", "GPU 40:00.0\nMDEV UUID\nGPU Instance ID : x\n: \nVM UUID :",
        "GPU 40:00.0\nMDEV UUID : ../../x\nGPU Instance ID : 99999999999999999999"}) {
    auto devices = two_devices();
    add_vgpu_query(devices, text);
    EXPECT_EQ(virtual_gpus(devices), "; ; ") << text;
  }
  std::string many = "GPU 00000000:41:00.0\n";
  for (int i = 0; i < 1000; ++i)
    many += fmt::format("MDEV UUID : m{}\nGPU Instance ID : {}\n", i, i);
  auto devices = two_devices();
  add_vgpu_query(devices, many);
  EXPECT_EQ(devices[1].virtual_gpus.size(), kMostVirtualGpus);
  EXPECT_EQ(devices[1].instances.size(), kMostInstances);
}

}  // namespace
}  // namespace ceems::gpu
