#include "collector/metric_name.h"

namespace ceems::collector {

namespace {

bool is_kept(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

std::string metric_name_part(std::string_view name) {
  std::string part;
  std::size_t fresh = 0;  // underscores before this position of `part` belong to an earlier run
  for (std::size_t i = 0; i < name.size();) {
    if (is_kept(name[i])) {
      part += name[i++];
      continue;
    }
    while (part.size() > fresh && part.back() == '_')
      part.pop_back();
    while (i < name.size() && !is_kept(name[i]))
      ++i;
    while (i < name.size() && name[i] == '_')
      ++i;
    part += '_';
    fresh = part.size();
  }
  return part;
}

}  // namespace ceems::collector
