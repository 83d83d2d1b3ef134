#include "manager/instant.h"

#include "store/time_zone.h"

#include <algorithm>

namespace ceems::manager {

std::int64_t parse_instant(std::string_view text) {
  std::string whole(text);
  if (const std::size_t dot = whole.find('.'); dot != std::string::npos) {
    const std::size_t end = whole.find_first_not_of("0123456789", dot + 1);
    if (end == dot + 1 || dot + 1 == whole.size()) return 0;
    whole.erase(dot, end == std::string::npos ? end : end - dot);
  }
  auto ms = store::parse_zoned(whole);
  if (!ms) ms = store::TimeZone().parse_local(whole);
  return std::max<std::int64_t>(ms.value_or(0), 0);
}

std::string instant_text(std::int64_t ms) {
  return store::TimeZone().local(ms) + "Z";
}

}  // namespace ceems::manager
