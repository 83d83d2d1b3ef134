// The metric by which each program says which build it is: <program>_build_info.
#pragma once

#include "exposition/family.h"

#include <string>
#include <string_view>

namespace ceems::program {

// `name` is a constant: "ceems_exporter_build_info".
constexpr exposition::Family build_info_family(std::string_view name) {
  return {name, exposition::MetricType::kGauge, "Always 1; the labels say which build this is.",
          "branch,goarch,goos,goversion,revision,tags,version"};
}

// Rendered labels of its only sample.
std::string build_info_labels();

}  // namespace ceems::program
