// The finished page: families sorted by name, each with one # HELP and # TYPE, then its samples. Sections of
// one family from several collectors are merged and their lines sorted; a section whose type or help
// contradicts the first is dropped and reported, and so is a sample whose labels were there already. Families
// without samples are left out.
#pragma once

#include "exposition/emitter.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::exposition {

class PageBuilder {
 public:
  // Appends the page of what `emitter` holds to `out`. Returns the names of families that lost samples, valid
  // until the next call. Reuses its own buffers; not thread-safe.
  const std::vector<std::string>& build(const Emitter& emitter, std::string& out);

 private:
  void append_family(const Emitter& emitter, std::size_t first, std::size_t last, std::string& out);

  std::vector<std::size_t> order_;       // sections by family name
  std::vector<std::string_view> lines_;  // of the family at hand
  std::vector<std::string> conflicts_;
};

}  // namespace ceems::exposition
