#include "base/address_list.h"

#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace ceems::base {

namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr unsigned kMappedBits = 96;  // ::ffff:0:0/96 holds IPv4 (RFC 4291 §2.5.5.2)

constexpr Bytes kMappedForm = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0};

struct Address {
  Bytes bytes{};
  bool four = false;
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text.substr(0, text.find('%')));  // without an IPv6 zone
  Address result;
  in_addr four{};
  if (::inet_pton(AF_INET, copy.c_str(), &four) == 1) {
    result.bytes[10] = result.bytes[11] = 0xFF;
    std::memcpy(result.bytes.data() + 12, &four, sizeof(four));
    result.four = true;
    return result;
  }
  if (::inet_pton(AF_INET6, copy.c_str(), result.bytes.data()) == 1) return result;
  return std::nullopt;
}

bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) {
  const std::size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin())) return false;
  if (bits % 8 == 0) return true;
  const unsigned mask = 0xFFU << (8 - bits % 8);
  return ((a[whole] ^ b[whole]) & mask & 0xFFU) == 0;
}

}  // namespace

std::optional<std::string> canonical_address(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> written{};
  const bool four = same_prefix(address->bytes, kMappedForm, kMappedBits);
  ::inet_ntop(four ? AF_INET : AF_INET6, address->bytes.data() + (four ? kMappedBits / 8 : 0), written.data(),
              written.size());
  return std::string(written.data());
}

bool is_loopback(std::string_view text) {
  if (text.empty()) return true;
  const auto address = parse_address(text);
  if (!address) return false;
  const Bytes six = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  const Bytes four = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, 0, 0};
  return address->bytes == six || same_prefix(address->bytes, four, kMappedBits + 8);
}

Result<AddressList> AddressList::parse(const std::vector<std::string>& networks) {
  AddressList list;
  for (const std::string& text : networks) {
    const std::size_t slash = text.find('/');
    const auto address = parse_address(std::string_view(text).substr(0, slash));
    if (!address) return fail(ErrorCode::kInvalid, text, "not an address or network");
    const unsigned own_bits = address->four ? 32 : 128;
    std::uint64_t bits = own_bits;
    if (slash != std::string::npos) {
      const auto given = parse_u64(std::string_view(text).substr(slash + 1));
      if (!given || *given > own_bits)
        return fail(ErrorCode::kInvalid, text, "the prefix length must be 0 to {}", own_bits);
      bits = *given;
    }
    list.networks_.push_back(
        {address->bytes, static_cast<unsigned>(bits) + (address->four ? kMappedBits : 0)});
  }
  return list;
}

bool AddressList::contains(std::string_view text) const {
  const auto address = parse_address(text);
  if (!address) return false;
  return std::ranges::any_of(networks_, [&](const Network& network) {
    return same_prefix(address->bytes, network.address, network.prefix_bits);
  });
}

}  // namespace ceems::base
