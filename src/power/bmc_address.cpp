#include "power/bmc_address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace ceems::power {

namespace {

constexpr std::uint8_t kApplication = 0x06;  // network functions
constexpr std::uint8_t kTransport = 0x0C;
constexpr std::uint8_t kGetChannelInfo = 0x42;
constexpr std::uint8_t kGetLanParameter = 0x02;
constexpr std::uint8_t kFirstChannel = 1;  // 0 is the system's own
constexpr std::uint8_t kLastChannel = 0x0B;
constexpr std::uint8_t kLan = 0x04;  // medium
constexpr std::uint8_t kIpv4Address = 3;
constexpr std::uint8_t kIpv6Static = 56;
constexpr std::uint8_t kIpv6Dynamic = 59;
constexpr std::uint8_t kIpv6Sets = 2;  // that are looked at

template <std::size_t N>
bool is_zero(const std::array<std::uint8_t, N>& bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

// The parameter's data, without its revision; nothing if the BMC doesn't have it.
base::Result<std::optional<IpmiBytes>> parameter(IpmiTransport& transport, std::uint8_t channel,
                                                 std::uint8_t number, std::uint8_t set) {
  CEEMS_TRY(IpmiBytes answer, transport.ask({.net_function = kTransport,
                                             .command = kGetLanParameter,
                                             .lun = 0,
                                             .data = {channel, number, set, 0}}));
  if (answer.size() < 2 || answer.front() != 0) return std::nullopt;
  answer.erase(answer.begin(), answer.begin() + 2);
  return answer;
}

std::optional<std::string> text_of_ipv4(std::span<const std::uint8_t> data) {
  std::array<std::uint8_t, 4> bytes{};
  if (data.size() < bytes.size()) return std::nullopt;
  std::ranges::copy(data.first(bytes.size()), bytes.begin());
  if (is_zero(bytes) || bytes[0] == 127) return std::nullopt;
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, bytes.data(), text.data(), text.size());
  return std::string(text.data());
}

// Set, source or type, 16 bytes of address, prefix length, status.
std::optional<std::string> text_of_ipv6(std::span<const std::uint8_t> data) {
  std::array<std::uint8_t, 16> bytes{};
  if (data.size() < 2 + bytes.size()) return std::nullopt;
  std::ranges::copy(data.subspan(2, bytes.size()), bytes.begin());
  // Those of the link lead nowhere without an interface's name.
  const bool of_link = bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80;
  if (is_zero(bytes) || of_link) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return std::string(text.data());
}

base::Result<std::optional<std::string>> address_of(IpmiTransport& transport, std::uint8_t channel) {
  CEEMS_TRY(const auto four, parameter(transport, channel, kIpv4Address, 0));
  if (four) {
    if (auto text = text_of_ipv4(*four)) return text;
  }
  for (const std::uint8_t kind : {kIpv6Static, kIpv6Dynamic}) {
    for (std::uint8_t set = 0; set < kIpv6Sets; ++set) {
      CEEMS_TRY(const auto six, parameter(transport, channel, kind, set));
      if (!six) break;
      if (auto text = text_of_ipv6(*six)) return text;
    }
  }
  return std::nullopt;
}

// Nothing where the BMC doesn't say what the channel is.
base::Result<std::optional<bool>> is_lan(IpmiTransport& transport, std::uint8_t channel) {
  CEEMS_TRY(
      const IpmiBytes answer,
      transport.ask({.net_function = kApplication, .command = kGetChannelInfo, .lun = 0, .data = {channel}}));
  if (answer.size() < 3 || answer.front() != 0) return std::nullopt;
  return (answer[2] & 0x7F) == kLan;
}

}  // namespace

base::Result<std::string> ask_bmc_address(IpmiTransport& transport) {
  for (std::uint8_t channel = kFirstChannel; channel <= kLastChannel; ++channel) {
    CEEMS_TRY(const auto lan, is_lan(transport, channel));
    // The first is the LAN mostly, and older controllers don't tell.
    if (!lan.value_or(channel == kFirstChannel)) continue;
    CEEMS_TRY(auto address, address_of(transport, channel));
    if (address) return *std::move(address);
  }
  return base::fail(base::ErrorCode::kNoData, "BMC", "it has no address in a network");
}

std::string name_of_address(const std::string& address) {
  sockaddr_storage socket{};
  socklen_t size = 0;
  auto* const four = reinterpret_cast<sockaddr_in*>(&socket);
  auto* const six = reinterpret_cast<sockaddr_in6*>(&socket);
  if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    size = sizeof *four;
  } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    size = sizeof *six;
  } else {
    return address;
  }
  std::array<char, NI_MAXHOST> name{};
  if (::getnameinfo(reinterpret_cast<sockaddr*>(&socket), size, name.data(), name.size(), nullptr, 0,
                    NI_NAMEREQD) != 0)
    return address;
  std::string_view found(name.data());
  if (found.ends_with('.')) found.remove_suffix(1);
  return found.empty() ? address : std::string(found);
}

}  // namespace ceems::power
