#include "manager/openstack_answers.h"
#include "manager/openstack_units.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::manager;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto page = parse_servers(text)) {
    for (const NovaServer& server : page->elements)
      (void)run_of(server, "", "", pauses_of(server, {}));
  }
  (void)parse_flavors(text);
  (void)parse_keystone_names(text, "users");
  (void)parse_token_lifetime(text);
  (void)parse_actions(text);
  return 0;
}
