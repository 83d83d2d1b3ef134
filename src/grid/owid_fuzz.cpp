// Any bytes as a table of Our World in Data.
#include "grid/owid.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto table = ceems::grid::parse_owid({reinterpret_cast<const char*>(data), size});
  if (table && table->empty()) std::abort();
  return 0;
}
