// Whatever a server answers: no crash, and the same result however it arrives in pieces.
#include "base/check.h"
#include "lb/label_filter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

// "" where the answer is refused.
std::string filter(ceems::lb::TsdbResource resource, std::string_view text, std::size_t piece) {
  ceems::lb::LabelFilter filter(resource, "job", {"instance", "job"});
  std::string out;
  while (!text.empty()) {
    if (!filter.feed(text.substr(0, piece), out)) return "";
    text.remove_prefix(std::min(piece, text.size()));
  }
  return filter.end() ? out : "";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using ceems::lb::TsdbResource;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const TsdbResource resource :
       {TsdbResource::kQuery, TsdbResource::kSeries, TsdbResource::kLabels, TsdbResource::kLabelValues}) {
    const std::string whole = filter(resource, text, size + 1);
    CEEMS_CHECK(whole == filter(resource, text, 1));
    CEEMS_CHECK(whole == filter(resource, text, 3));
    CEEMS_CHECK(whole.size() <= size);
    // What is filtered has nothing left to be taken out.
    CEEMS_CHECK(filter(resource, whole, whole.size() + 1) == whole);
  }
  return 0;
}
