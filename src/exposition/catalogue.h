// All metric families that a program may emit, gathered from the declarations beside the code that fills
// them: checked for contradictions, printed as the reference manual. Not thread-safe.
#pragma once

#include "base/result.h"
#include "exposition/family.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::exposition {

class Catalogue {
 public:
  // `source` heads the families in the manual ("cpu"). The views must outlive the catalogue.
  void add(std::string_view source, std::span<const Family> families);

  // kInvalid naming the family whose name is malformed, whose help is missing or not one line, or that is
  // declared twice with another type, help or labels.
  base::Status check() const;

  // One table per source, in order of addition; a family declared by several is listed with each.
  std::string markdown() const;

 private:
  struct Entry {
    std::string_view source;
    Family family;
  };
  std::vector<Entry> entries_;
};

// Whether the name fits [a-zA-Z_:][a-zA-Z0-9_:]*.
bool is_metric_name(std::string_view name);

}  // namespace ceems::exposition
