// SLURM's compact node lists: "n[01-03,7],login" is n01 n02 n03 n7 login. Several brackets multiply out, the
// leftmost slowest; numbers are padded to the width of a range's first bound (hostlist, in SLURM's
// slurm.conf(5) manual). Pure functions.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

inline constexpr std::size_t kMaxHosts = 65'536;

// kInvalid on unbalanced brackets and on what is no number or range in them; kTooLarge beyond `limit` names.
base::Result<std::vector<std::string>> expand_hostlist(std::string_view list, std::size_t limit = kMaxHosts);

}  // namespace ceems::manager
