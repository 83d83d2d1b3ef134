#include "gpu/device.h"

#include "base/file.h"
#include "base/text.h"
#include "gpu/amd_smi.h"
#include "gpu/device_order.h"
#include "gpu/device_text_test.h"
#include "gpu/nvidia_smi.h"
#include "gpu/nvml_devices.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

std::string read_data(std::string_view name) {
  return base::read_file(base::join_path(CEEMS_TEST_DATA, name)).value();
}

struct Case {
  std::string tool;
  std::vector<std::string> files;
  std::string expected;
};

std::vector<Case> cases() {
  std::vector<Case> cases;
  const std::string text = read_data("devices.txt");
  std::string_view rest = text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (line.empty() || line.starts_with('#')) continue;
    if (!line.starts_with("== ")) {
      cases.back().expected += std::string(line) + "\n";
      continue;
    }
    const auto words = base::split(line.substr(3), ' ');
    Case& test = cases.emplace_back();
    test.tool = words[0];
    test.files.assign(words.begin() + 1, words.end());
  }
  return cases;
}

TEST(Device, IsReadFromWhatToolsPrint) {
  for (const Case& test : cases()) {
    const std::string text = read_data("smi/" + test.files[0]);
    auto devices = test.tool == "amd-smi"    ? parse_amd_smi(text)
                   : test.tool == "rocm-smi" ? parse_rocm_smi(text)
                                             : parse_nvidia_smi(text);
    ASSERT_TRUE(devices) << test.files[0] << ": " << devices.error().text();
    if (test.files.size() > 1) {
      EXPECT_TRUE(lacks_mig_uuids(*devices));
      add_mig_uuids(*devices, read_data("smi/" + test.files[1]));
      EXPECT_FALSE(lacks_mig_uuids(*devices));
    }
    EXPECT_EQ(text_of(*devices), test.expected) << test.files[0];
  }
}

TEST(Device, IsNotReadFromWhatIsNoListOfThem) {
  const std::string whole = read_data("smi/mig.xml");
  for (const std::string& text :
       {std::string(), std::string("Failed to initialize NVML: Driver/library version mismatch"),
        std::string("<nvidia_smi_log><gpu></nvidia_smi_log>"), std::string("<nvidia_smi_log>"),
        whole.substr(0, whole.size() / 2),
        std::string("<nvidia_smi_log><gpu id=\"0\"><uuid>N/A</uuid></gpu></nvidia_smi_log>")}) {
    const auto devices = parse_nvidia_smi(text);
    ASSERT_FALSE(devices) << text;
    EXPECT_EQ(devices.error().code, base::ErrorCode::kInvalid);
  }
  for (const std::string text :
       {"", "[]", "{}", "no GPU", "[{\"gpu\":0", "7", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}) {
    EXPECT_FALSE(parse_amd_smi(text)) << text;
    EXPECT_FALSE(parse_rocm_smi(text)) << text;
  }
}

TEST(Device, IsReadFromAnAmdSmiThatPutsItsListIntoAnObject) {
  const auto devices = parse_amd_smi(R"({"gpu_data": [{"gpu": 0, "board": {"product_serial": "S1"}}, 7]})");
  ASSERT_TRUE(devices);
  EXPECT_EQ(text_of(*devices), "device 0 0 S1 - minor=- sm=- -\n");
}

TEST(Device, IsBoundedInNumber) {
  std::string xml = "<nvidia_smi_log>";
  std::string json = "[";
  for (int i = 0; i < 5000; ++i) {
    xml += fmt::format("<gpu><uuid>GPU-{}</uuid></gpu>", i);
    json += fmt::format("{}{{\"gpu\":{},\"board\":{{\"product_serial\":\"{}\"}}}}", i == 0 ? "" : ",", i, i);
  }
  EXPECT_EQ(parse_nvidia_smi(xml + "</nvidia_smi_log>")->size(), kMostDevices);
  EXPECT_EQ(parse_amd_smi(json + "]")->size(), kMostDevices);
}

TEST(Device, NamesItsMultiprocessorsByItsProduct) {
  EXPECT_EQ(sm_count_of_product("Tesla V100-SXM2-32GB"), 80);
  EXPECT_EQ(sm_count_of_product("NVIDIA H100 80GB HBM3"), 132);
  EXPECT_EQ(sm_count_of_product("NVIDIA H100 PCIe"), 114);
  EXPECT_EQ(sm_count_of_product("NVIDIA A100-PCIE-40GB"), 108);
  EXPECT_EQ(sm_count_of_product("NVIDIA L40S"), 142);
  EXPECT_EQ(sm_count_of_product("NVIDIA A1000"), std::nullopt);
  EXPECT_EQ(sm_count_of_product(""), std::nullopt);
}

TEST(Device, IsTheSameWhetherNvmlOrItsToolTells) {
  NvmlSnapshot snapshot;
  NvmlDevice whole;
  whole.info = {.index = 0,
                .uuid = "GPU-aaaa",
                .name = "NVIDIA A100-SXM4-40GB",
                .pci_bus_id = "00000000:17:00.0",
                .minor = 1,
                .sm_count = 108,
                .mig_enabled = false,
                .mig_devices = {}};
  NvmlDevice divided = whole;
  divided.info.index = 1;
  divided.info.uuid = "GPU-bbbb";
  divided.info.pci_bus_id = "00000000:65:00.0";
  divided.info.minor = 0;
  divided.info.mig_enabled = true;
  for (const auto& [number, gpu, compute, sms] :
       {std::tuple(0U, 3U, 0U, 42U), {1, 5, 0, 28}, {2, 5, 1, 14}}) {
    NvmlMigDevice mig;
    mig.index = number;
    mig.gpu_instance_id = gpu;
    mig.compute_instance_id = compute;
    mig.uuid = fmt::format("MIG-b{}", number);
    mig.sm_count = sms;
    divided.info.mig_devices.push_back(mig);
  }
  // Lost ones come last there.
  snapshot.devices = {divided, whole};
  std::vector<Device> expected = *parse_nvidia_smi(read_data("smi/mig.xml"));
  add_mig_uuids(expected, read_data("smi/mig-list.txt"));
  expected.pop_back();
  EXPECT_EQ(text_of(devices_of(snapshot)), text_of(expected));
}

TEST(DeviceOrder, GivesDevicesAndInstancesOtherIndices) {
  std::vector<Device> devices = *parse_nvidia_smi(read_data("smi/mig.xml"));
  const auto order = DeviceOrder::parse(" 0:2, 1 : 0 ,2:1.3,nothing,3:1.5,9:7,8:1.4,");
  ASSERT_TRUE(order);
  order->apply(devices);
  EXPECT_EQ(devices[0].index, "1");
  EXPECT_EQ(devices[1].index, "");
  EXPECT_EQ(devices[2].index, "0");
  EXPECT_EQ(devices[1].instances[0].index, "2");
  EXPECT_EQ(devices[1].instances[1].index, "3");
}

TEST(DeviceOrder, GivesADividedDeviceNone) {
  std::vector<Device> devices = *parse_nvidia_smi(read_data("smi/mig.xml"));
  DeviceOrder::parse("5:1")->apply(devices);
  EXPECT_EQ(devices[1].index, "");
}

TEST(DeviceOrder, RefusesWhatIsNotNumbers) {
  for (const char* text : {"a:0", "0:b", "0:1.x", ":", "0:", "-1:0", "0:1."})
    EXPECT_FALSE(DeviceOrder::parse(text)) << text;
  EXPECT_TRUE(DeviceOrder::parse(""));
}

TEST(PciAddress, IsReadWithAndWithoutItsDomain) {
  EXPECT_EQ(parse_pci_address("00000000:C1:1f.7"), (PciAddress{0, 0xC1, 0x1F, 7}));
  EXPECT_EQ(parse_pci_address("c1:00.0"), (PciAddress{0, 0xC1, 0, 0}));
  EXPECT_EQ(parse_pci_address("fffffff0:00:01.0"), (PciAddress{0xFFFFFFF0, 0, 1, 0}));
  EXPECT_EQ(print_pci_address({0x10000, 0xC1, 2, 3}), "10000:c1:02.3");
  for (const char* text : {"", "N/A", "0:0:0:0.0", "00:00", "00:20.0", "00:00.8", "100:00.0.0", "x:00.0",
                           ":.", "-1:00.0", "1ffffffff:00:00.0", "0000:100:00.0"})
    EXPECT_EQ(parse_pci_address(text), std::nullopt) << text;
}

}  // namespace
}  // namespace ceems::gpu
