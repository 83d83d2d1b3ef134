#include "collector/ipmi_access.h"

#include "base/file.h"
#include "base/privilege.h"

#include <optional>
#include <utility>

namespace ceems::collector {

namespace {

constexpr std::int64_t kMostDevices = 1024;

base::Result<base::Fd> open_device(const std::string& path) {
  auto plain = base::open_for_reading(path);
  if (plain || plain.error().code != base::ErrorCode::kPermission) return plain;
  std::optional<base::Result<base::Fd>> raised;
  base::run_privileged(kOpenIpmiDevice, [&] { raised.emplace(base::open_for_reading(path)); });
  return raised ? *std::move(raised) : std::move(plain);
}

}  // namespace

base::Result<std::unique_ptr<power::IpmiTransport>> make_privileged_ipmi_device(const std::string& directory,
                                                                                std::int64_t number,
                                                                                std::string_view flag) {
  if (number < 0 || number > kMostDevices)
    return base::fail(base::ErrorCode::kInvalid, flag, "no number of a device: {}", number);
  return power::make_ipmi_device({.directory = directory, .number = static_cast<std::uint32_t>(number)},
                                 open_device);
}

}  // namespace ceems::collector
