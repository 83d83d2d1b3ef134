#include "kube/pod_resources.h"

#include "base/protobuf_wire.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace ceems::kube {

namespace {

using base::ErrorCode;
using base::WireField;
using base::WireReader;
using base::WireType;

constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kMostNames = 64;  // of one device

// Calls `take` with each field of the message that has a length: all that matters here.
template <class Take>
base::Status each_field(std::string_view message, Take take) {
  WireReader reader(message);
  while (!reader.at_end()) {
    CEEMS_TRY(const WireField field, reader.next());
    if (field.type == WireType::kLength) CEEMS_TRY_VOID(take(field.number, field.bytes));
  }
  return {};
}

std::string name_in(std::string_view bytes) {
  return std::string(bytes.substr(0, kLongestName));
}

class PodReader {
 public:
  base::Result<PodResources> read(std::string_view message) {
    CEEMS_TRY_VOID(each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
      if (number == 1) pod_.name = name_in(bytes);
      if (number == 2) pod_.name_space = name_in(bytes);
      if (number == 3) return read_container(bytes);
      return {};
    }));
    return std::move(pod_);
  }

 private:
  base::Status read_container(std::string_view message) {
    return each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
      if (number == 2) return read_devices(bytes);
      if (number == 5) return read_claim(bytes);
      return {};
    });
  }

  base::Status read_devices(std::string_view message) {
    std::string resource;
    std::vector<std::string_view> ids;
    CEEMS_TRY_VOID(each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
      if (number == 1) resource = name_in(bytes);
      if (number == 2) ids.push_back(bytes);
      return {};
    }));
    for (const std::string_view id : ids)
      CEEMS_TRY_VOID(add({.kind = resource, .names = {name_in(id)}}));
    return {};
  }

  base::Status read_claim(std::string_view message) {
    return each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
      if (number == 4) return read_claimed_device(bytes);
      return {};
    });
  }

  base::Status read_claimed_device(std::string_view message) {
    PodDevice device;
    std::string pool_name;
    const auto add_name = [&](std::string_view bytes) {
      if (device.names.size() < kMostNames) device.names.push_back(name_in(bytes));
    };
    CEEMS_TRY_VOID(each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
      if (number == 1) {
        return each_field(bytes, [&](std::uint32_t inner, std::string_view name) -> base::Status {
          if (inner == 1) add_name(name);
          return {};
        });
      }
      if (number == 2) device.kind = name_in(bytes);
      if (number == 4) pool_name = name_in(bytes);
      return {};
    }));
    if (!pool_name.empty()) add_name(pool_name);
    if (device.names.empty()) return {};
    return add(std::move(device));
  }

  base::Status add(PodDevice device) {
    std::string key = device.kind;
    for (const std::string& name : device.names)
      key.append(1, '\0').append(name);
    if (!seen_.insert(std::move(key)).second) return {};
    if (pod_.devices.size() >= kMostPodDevices)
      return base::fail(ErrorCode::kTooLarge, pod_.name, "a pod with more than {} devices", kMostPodDevices);
    pod_.devices.push_back(std::move(device));
    return {};
  }

  PodResources pod_;
  std::set<std::string> seen_;
};

bool is_made_by(std::string_view resource, const std::vector<std::string_view>& makers) {
  return std::ranges::any_of(makers, [&](std::string_view maker) {
    return resource.size() > maker.size() && resource.starts_with(maker) && resource[maker.size()] == '/';
  });
}

}  // namespace

base::Result<std::vector<PodResources>> parse_pod_resources(std::string_view message) {
  std::vector<PodResources> pods;
  CEEMS_TRY_VOID(each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
    if (number != 1) return {};
    CEEMS_TRY(PodResources pod, PodReader().read(bytes));
    if (pod.devices.empty()) return {};
    if (pods.size() >= kMostPods)
      return base::fail(ErrorCode::kTooLarge, "", "more than {} pods with devices", kMostPods);
    pods.push_back(std::move(pod));
    return {};
  }));
  return pods;
}

base::Result<std::size_t> count_allocatable(std::string_view message,
                                            const std::vector<std::string_view>& makers) {
  std::size_t count = 0;
  CEEMS_TRY_VOID(each_field(message, [&](std::uint32_t number, std::string_view bytes) -> base::Status {
    if (number != 1) return {};
    std::string_view resource;
    std::size_t ids = 0;
    base::Status read = each_field(bytes, [&](std::uint32_t inner, std::string_view text) -> base::Status {
      if (inner == 1) resource = text;
      if (inner == 2) ++ids;
      return {};
    });
    if (read && is_made_by(resource, makers)) count += ids;
    return read;
  }));
  return count;
}

}  // namespace ceems::kube
