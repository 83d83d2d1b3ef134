#include "unit/libvirt_name.h"

#include "base/text.h"

#include <algorithm>
#include <cstddef>

namespace ceems::unit {

namespace {

constexpr std::string_view kDriver = "qemu-";
constexpr std::size_t kLongest = 64;

bool is_kept(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::optional<LibvirtMachine> libvirt_machine_in(std::string_view component) {
  constexpr std::string_view kScopePrefix = "machine-";
  constexpr std::string_view kScope = ".scope";
  constexpr std::string_view kPlain = ".libvirt-qemu";
  if (component.ends_with(kScope) && component.starts_with(kScopePrefix)) {
    component.remove_suffix(kScope.size());
    component.remove_prefix(kScopePrefix.size());
  } else if (component.ends_with(kPlain)) {
    component.remove_suffix(kPlain.size());
  } else {
    return std::nullopt;
  }
  if (!component.starts_with(kDriver)) return std::nullopt;
  component.remove_prefix(kDriver.size());
  const std::size_t dash = component.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view number = component.substr(0, dash);
  const std::string_view name = component.substr(dash + 1);
  if (!base::parse_u64(number) || name.empty() || name.starts_with('.') || !base::is_valid_utf8(name) ||
      std::ranges::any_of(name, [](char c) { return c == '/' || (c >= 0 && c < ' '); })) {
    return std::nullopt;
  }
  return LibvirtMachine{.number = std::string(number), .name = std::string(name)};
}

std::string libvirt_short_name(std::string_view number, std::string_view domain_name) {
  const std::size_t before = kDriver.size() + number.size() + 1;
  std::string name;
  bool skip = true;
  for (const char c : domain_name) {
    if (before + name.size() >= kLongest) break;
    const bool is_separator = c == '.' || c == '-';
    if (is_separator ? !skip : is_kept(c)) name += c;
    skip = is_separator;
  }
  while (name.ends_with('-') || name.ends_with('.'))
    name.pop_back();
  return name;
}

}  // namespace ceems::unit
