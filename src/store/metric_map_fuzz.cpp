// Columns of a database that anybody may have written.
#include "base/check.h"
#include "store/json_scan.h"
#include "store/metric_map.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::store;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto map = parse_metric_map(text)) {
    // What we write, we read, and write the same again.
    const auto again = parse_metric_map(to_json(*map));
    CEEMS_CHECK(again);
    CEEMS_CHECK(to_json(*again) == to_json(*map));
  }
  if (const auto list = parse_string_list(text)) {
    const auto again = parse_string_list(to_json(*list));
    CEEMS_CHECK(again);
    CEEMS_CHECK(to_json(*again) == to_json(*list));
  }
  if (const auto object = splice_object(text)) {
    const auto again = splice_object(*object);
    CEEMS_CHECK(again);
    CEEMS_CHECK(*again == *object);
  }
  return 0;
}
