// How long something took, round by round.
#pragma once

#include "base/result.h"
#include "sample.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ceems::bench {

struct Times {
  std::vector<double> usec;
  std::vector<double> cpu_usec;  // of the thread that asks
  double worst() const { return usec.empty() ? 0 : *std::ranges::max_element(usec); }
};

// Calls action(round) so many times, or less often if that takes more than ten seconds.
template <class Action>
base::Result<Times> measure(std::size_t rounds, const Action& action) {
  Times times;
  constexpr double kPatienceUsec = 10e6;
  const double begin = wall_usec();
  for (std::size_t round = 0; round < rounds && wall_usec() - begin < kPatienceUsec; ++round) {
    const double start = wall_usec();
    const double cpu = thread_cpu_usec();
    CEEMS_TRY_VOID(action(round));
    times.cpu_usec.push_back(thread_cpu_usec() - cpu);
    times.usec.push_back(wall_usec() - start);
  }
  return times;
}

}  // namespace ceems::bench
