#include "base/cpu_clock.h"

#include <ctime>

namespace ceems::base {

namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::chrono::nanoseconds thread_cpu_time() {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

std::chrono::nanoseconds process_cpu_time() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

}  // namespace ceems::base
