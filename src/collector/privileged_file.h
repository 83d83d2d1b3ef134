// Opening files that only root may read.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <array>
#include <string>
#include <string_view>

namespace ceems::collector {

inline constexpr std::array<std::string_view, 1> kReadAnyFile{"CAP_DAC_READ_SEARCH"};

// For reading: as what the process is, and if that is not allowed, with kReadAnyFile.
base::Result<base::Fd> open_privileged(const std::string& path);

}  // namespace ceems::collector
