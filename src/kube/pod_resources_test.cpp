#include "kube/pod_resources.h"

#include "base/protobuf_wire.h"
#include "kube/pod_names.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::kube {
namespace {

std::string bytes_field(std::uint32_t number, std::string_view bytes) {
  std::string out;
  base::append_bytes_field(out, number, bytes);
  return out;
}

std::string devices(std::string_view resource, const std::vector<std::string>& ids) {
  std::string message = bytes_field(1, resource);
  for (const std::string& id : ids)
    message += bytes_field(2, id);
  return bytes_field(2, message);
}

std::string container(const std::string& what) {
  std::string message = bytes_field(1, "main") + what;
  base::append_varint_field(message, 3, 7);  // a CPU of its own
  return bytes_field(3, message);
}

std::string pod(std::string_view name, const std::string& containers) {
  return bytes_field(1, bytes_field(1, name) + bytes_field(2, "lab") + containers);
}

// A claim with one device, which CDI calls that.
std::string claim(const std::vector<std::string>& cdi, std::string_view device) {
  std::string resource;
  for (const std::string& name : cdi)
    resource += bytes_field(1, bytes_field(1, name));
  resource += bytes_field(2, "gpu.nvidia.com") + bytes_field(3, "n7") + bytes_field(4, device);
  return bytes_field(5, bytes_field(2, "claim") + bytes_field(3, "lab") + bytes_field(4, resource));
}

TEST(PodResources, AreTheDevicesOfEachPod) {
  const auto pods =
      parse_pod_resources(pod("a", container(devices("nvidia.com/gpu", {"GPU-1::0", "GPU-1::1"})) +
                                       container(devices("nvidia.com/mig-1g.10gb", {"MIG-2"}))) +
                          pod("b", container("")));
  ASSERT_TRUE(pods) << pods.error().text();
  ASSERT_EQ(pods->size(), 1);
  EXPECT_EQ(pods->front(),
            (PodResources{.name_space = "lab",
                          .name = "a",
                          .devices = {{.kind = "nvidia.com/gpu", .names = {"GPU-1::0"}},
                                      {.kind = "nvidia.com/gpu", .names = {"GPU-1::1"}},
                                      {.kind = "nvidia.com/mig-1g.10gb", .names = {"MIG-2"}}}}));
}

TEST(PodResources, HaveADeviceOnceThatContainersShare) {
  const auto pods = parse_pod_resources(
      pod("a", container(devices("nvidia.com/gpu", {"GPU-1"}) + claim({"nvidia.com/gpu=0"}, "gpu-0")) +
                   container(devices("nvidia.com/gpu", {"GPU-1"}) + claim({"nvidia.com/gpu=0"}, "gpu-0"))));
  ASSERT_TRUE(pods);
  ASSERT_EQ(pods->front().devices.size(), 2);
  EXPECT_EQ(pods->front().devices[1],
            (PodDevice{.kind = "gpu.nvidia.com", .names = {"nvidia.com/gpu=0", "gpu-0"}}));
}

TEST(PodResources, PassOverWhatIsNewAndWhatIsEmpty) {
  std::string unknown;
  base::append_varint_field(unknown, 99, 5);
  unknown += bytes_field(77, "x");
  const auto pods = parse_pod_resources(unknown + pod("a", unknown + container(unknown + claim({}, ""))));
  ASSERT_TRUE(pods);
  EXPECT_TRUE(pods->empty());
  EXPECT_TRUE(parse_pod_resources("")->empty());
}

TEST(PodResources, AreRefusedWhereTheyAreCutOrTooMany) {
  const std::string whole = pod("a", container(devices("nvidia.com/gpu", {"GPU-1"})));
  for (std::size_t length = 1; length < whole.size(); ++length)
    EXPECT_FALSE(parse_pod_resources(whole.substr(0, length))) << length;
  std::string many;
  for (std::size_t i = 0; i <= kMostPods; ++i)
    many += whole;
  EXPECT_FALSE(parse_pod_resources(many));
}

TEST(PodResources, CountTheDevicesOfThoseMakersThatAreThereToGive) {
  std::string message;
  for (const char* resource : {"nvidia.com/gpu", "amd.com/gpu", "nvidia.community/gpu", "rdma/hca"})
    message += bytes_field(1, bytes_field(1, resource) + bytes_field(2, "0") + bytes_field(2, "1"));
  EXPECT_EQ(count_allocatable(message, {"nvidia.com", "amd.com"}).value_or(0), 4);
  EXPECT_FALSE(count_allocatable("\x0A\xFF", {"nvidia.com"}));
}

TEST(PodNames, AreReadOfPodsAndOfTheirMetadata) {
  const auto page = parse_pod_page(R"({"metadata": {"continue": "x"}, "items": [
      {"metadata": {"namespace": "lab", "name": "a", "uid": "1B4E"}},
      {"metadata": {"namespace": "lab", "name": "done", "uid": "2"}, "status": {"phase": "Succeeded"}},
      {"metadata": {"namespace": "kube-system", "name": "etcd", "uid": "3",
                    "annotations": {"kubernetes.io/config.hash": "abc"}}},
      {"metadata": {"name": 5}}, 7, {}]})");
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->pods, (PodUids{{{"lab", "a"}, "1b4e"}, {{"kube-system", "etcd"}, "abc"}}));
  EXPECT_EQ(page->next, "x");
}

TEST(PodNames, AreNotReadOfAnythingElse) {
  for (const char* text : {"", "[]", "{}", "{\"items\": {}}", "<html>", "{\"items\": ["})
    EXPECT_FALSE(parse_pod_page(text)) << text;
}

}  // namespace
}  // namespace ceems::kube
