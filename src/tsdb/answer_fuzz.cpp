// Whatever a server sends is an answer or an error.
#include "tsdb/answer.h"
#include "tsdb/catalogue.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::tsdb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Settings settings;
  (void)parse_vector(text);
  (void)parse_refusal(text);
  (void)parse_series(text);
  (void)parse_label_values(text);
  (void)parse_scrape_intervals(text);
  (void)take_config(text, settings);
  (void)take_flags(text, settings);
  (void)take_runtime_info(text, settings);
  (void)selects_something(text);
  return 0;
}
