// CEEMS_CHECK(condition): a bug, not an input error, if it does not hold. Aborts with file and line in every
// build type.
#pragma once

namespace ceems::base {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace ceems::base

#define CEEMS_CHECK(condition)                                     \
  do {                                                             \
    if (!(condition)) [[unlikely]]                                 \
      ::ceems::base::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)
