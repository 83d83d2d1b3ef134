// Any bytes are JSON or an error, and any tree can be asked for anything.
#include "json/read.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems;
  const auto tree = json::parse({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!tree) return 0;
  (void)json::loose_number(*tree);
  (void)json::loose_integer(*tree);
  (void)json::text_of(*tree);
  (void)json::to_text(*tree, "");
  (void)json::need_array(*tree, {"a", "b"});
  if (const json::object* members = tree->if_object()) {
    for (const auto& pair : *members) {
      const std::string_view name(pair.key().data(), pair.key().size());
      (void)json::loose_text_member(*tree, name);
      (void)json::loose_integer_member(*tree, name);
      (void)json::number_member(*tree, name);
    }
  }
  return 0;
}
