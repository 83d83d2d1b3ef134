// The finished page: families sorted by name, each with one # HELP and # TYPE, then its samples. Sections of
// one family from several collectors are merged and their lines sorted; a section whose type or help
// contradicts the first is dropped and reported. Families without samples are left out.
#pragma once

#include "exposition/emitter.h"

#include <string>
#include <vector>

namespace ceems::exposition {

class PageBuilder {
 public:
  // Appends the page of what `emitter` holds to `out`. Returns the names of families that lost a section.
  // Reuses its own buffers; not thread-safe.
  const std::vector<std::string>& build(const Emitter& emitter, std::string& out);

 private:
  std::vector<std::size_t> order_;
  std::vector<std::string> conflicts_;
};

}  // namespace ceems::exposition
