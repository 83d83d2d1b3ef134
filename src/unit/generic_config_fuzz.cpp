// A configuration of generic managers in any bytes, and paths that its managers are asked about.
#include "unit/generic_config.h"
#include "unit/systemd_escape.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t end = text.find('\0');
  const std::string_view path =
      end == std::string_view::npos ? std::string_view("/a/b") : text.substr(end + 1);
  const auto plain = ceems::unit::systemd_unescape(path);
  const auto managers = ceems::unit::parse_generic_managers(std::string(text.substr(0, end)), "fuzz.yml");
  if (!managers || !plain) return 0;
  for (const auto& manager : *managers) {
    (void)manager->may_claim_below(*plain);
    if (const auto claim = manager->claim(*plain)) (void)manager->belonging(*claim, "owner");
  }
  return 0;
}
