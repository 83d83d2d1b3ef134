#include "unit/libvirt_domain.h"

#include "base/text.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <pugixml.hpp>

namespace ceems::unit {

namespace {

constexpr std::size_t kLongestUuid = 64;

bool could_be_uuid(std::string_view text) {
  if (text.empty() || text.size() > kLongestUuid) return false;
  return std::ranges::all_of(text, [](char c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// "0x0000" and the like without what says that it is hexadecimal.
std::string_view digits(const pugi::xml_node& node, const char* name) {
  std::string_view text = base::trim(node.attribute(name).value());
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  return text;
}

std::optional<gpu::PciAddress> address_of(const pugi::xml_node& node) {
  std::string_view domain = digits(node, "domain");
  if (domain.empty()) domain = "0";
  return gpu::parse_pci_address(fmt::format("{}:{}:{}.{}", domain, digits(node, "bus"), digits(node, "slot"),
                                            digits(node, "function")));
}

template <class T>
void add(std::vector<T>& to, T one) {
  if (std::ranges::find(to, one) == to.end()) to.push_back(std::move(one));
}

void read_devices(const pugi::xml_node& devices, LibvirtDomain& domain) {
  std::size_t seen = 0;
  for (const pugi::xml_node& device : devices.children("hostdev")) {
    if (++seen > kMostHostDevices) return;
    const std::string_view type = device.attribute("type").value();
    const pugi::xml_node address = device.child("source").child("address");
    if (type == "pci") {
      if (auto one = address_of(address)) add(domain.addresses, *one);
    } else if (type == "mdev") {
      const std::string_view uuid = base::trim(address.attribute("uuid").value());
      if (could_be_uuid(uuid)) add(domain.mdevs, base::to_lower(uuid));
    }
  }
}

}  // namespace

base::Result<LibvirtDomain> parse_libvirt_domain(std::string_view text) {
  if (text.size() > kMostDomainText) {
    return base::fail(base::ErrorCode::kTooLarge, "", "larger than {} bytes", kMostDomainText);
  }
  pugi::xml_document xml;
  const pugi::xml_parse_result parsed =
      xml.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    return base::fail(base::ErrorCode::kInvalid, "", "not XML that can be read: {} at byte {}",
                      parsed.description(), parsed.offset);
  }
  LibvirtDomain domain;
  pugi::xml_node root = xml.document_element();
  if (std::string_view(root.name()) == "domstatus") {
    domain.is_live = true;
    root = root.child("domain");
  }
  if (std::string_view(root.name()) != "domain") {
    return base::fail(base::ErrorCode::kInvalid, "", "describes no domain");
  }
  domain.uuid = base::trim(root.child("uuid").child_value());
  if (!could_be_uuid(domain.uuid)) {
    return base::fail(base::ErrorCode::kInvalid, "", "describes a domain without a UUID");
  }
  domain.name = base::trim(root.child("name").child_value());
  const std::string_view number = root.attribute("id").value();
  if (domain.is_live && base::parse_u64(number)) domain.number = number;
  read_devices(root.child("devices"), domain);
  return domain;
}

}  // namespace ceems::unit
