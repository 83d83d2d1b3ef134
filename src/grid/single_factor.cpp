#include "grid/single_factor.h"

#include <memory>
#include <utility>

namespace ceems::grid {

Poll poll_of(base::Result<EmissionFactor> factor, JsonApi& api) {
  Poll result{.pause = api.take_pause()};
  if (factor) {
    result.table = std::make_shared<const FactorTable>(FactorTable{*std::move(factor)});
  } else {
    result.problem = std::move(factor).error();
    if (result.problem->subject.empty()) result.problem->subject = api.shown_url();
  }
  return result;
}

}  // namespace ceems::grid
