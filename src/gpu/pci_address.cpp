#include "gpu/pci_address.h"

#include "base/text.h"

#include <charconv>
#include <vector>

#include <fmt/core.h>

namespace ceems::gpu {

namespace {

std::optional<std::uint32_t> hexadecimal(std::string_view text, std::uint32_t most) {
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value, 16);
  if (text.empty() || error != std::errc{} || stopped != end || value > most) return std::nullopt;
  return value;
}

}  // namespace

std::optional<PciAddress> parse_pci_address(std::string_view text) {
  const std::vector<std::string_view> parts = base::split(base::trim(text), ':');
  if (parts.size() != 2 && parts.size() != 3) return std::nullopt;
  const std::vector<std::string_view> last = base::split(parts.back(), '.');
  if (last.size() != 2) return std::nullopt;
  const auto domain = parts.size() == 3 ? hexadecimal(parts[0], UINT32_MAX) : std::optional(0U);
  const auto bus = hexadecimal(parts[parts.size() - 2], 0xFF);
  const auto device = hexadecimal(last[0], 0x1F);
  const auto function = hexadecimal(last[1], 0x7);
  if (!domain || !bus || !device || !function) return std::nullopt;
  return PciAddress{.domain = *domain, .bus = *bus, .device = *device, .function = *function};
}

std::string print_pci_address(const PciAddress& address) {
  return fmt::format("{:04x}:{:02x}:{:02x}.{:x}", address.domain, address.bus, address.device,
                     address.function);
}

}  // namespace ceems::gpu
