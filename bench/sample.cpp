#include "sample.h"

#include "base/file.h"
#include "base/text.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include <fmt/core.h>

namespace ceems::bench {

namespace {

double usec_of(clockid_t clock) {
  timespec now{};
  if (::clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

}  // namespace

double own_cpu_usec() {
  return usec_of(CLOCK_PROCESS_CPUTIME_ID);
}

double thread_cpu_usec() {
  return usec_of(CLOCK_THREAD_CPUTIME_ID);
}

double cpu_usec_of(pid_t pid) {
  clockid_t clock{};
  return ::clock_getcpuclockid(pid, &clock) == 0 ? usec_of(clock) : 0;
}

double wall_usec() {
  return usec_of(CLOCK_MONOTONIC);
}

double percentile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  const auto last = static_cast<double>(samples.size() - 1);
  const auto place = samples.begin() + static_cast<std::ptrdiff_t>(share * last + 0.5);
  std::ranges::nth_element(samples, place);
  return *place;
}

std::size_t resident_bytes(pid_t pid) {
  const auto text = base::read_file(fmt::format("/proc/{}/statm", pid));
  if (!text) return 0;
  std::string_view rest = *text;
  std::string_view word;
  base::next_word(rest, word);
  base::next_word(rest, word);
  return static_cast<std::size_t>(base::parse_u64(word).value_or(0)) *
         static_cast<std::size_t>(::getpagesize());
}

}  // namespace ceems::bench
