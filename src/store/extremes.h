// Smallest and largest values over rows. Unlike sums they cannot be taken out again, but a row that goes only
// matters if nothing as far out stays. Plain values. For this room only.
#pragma once

#include "store/keys.h"
#include "store/sums.h"

#include <string>
#include <string_view>

namespace ceems::store {

// Takes what is further out in `other`. Whether anything was.
bool widen(ExtremeEntries& extremes, const ExtremeEntries& other, const KeyTable& keys);

// Whether rows whose extremes are `stored` may have others when some of them go, whose extremes are
// `removed`, and some come, whose extremes are `added`, apart from being widened by these.
bool may_shrink(const ExtremeEntries& stored, const ExtremeEntries& removed, const ExtremeEntries& added,
                const KeyTable& keys);

// By entry: the distance of its key from the one before and a bit for "whole number", and its value; all as
// numbers of base 128.
std::string encode_extremes(const ExtremeEntries& extremes);
// False: it is not what encode_extremes() writes.
bool decode_extremes(std::string_view text, ExtremeEntries& extremes);

}  // namespace ceems::store
