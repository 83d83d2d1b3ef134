// Measuring: processor time, medians, percentiles.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace ceems::bench {

// Microseconds of processor time that this process, or another one, has used so far.
double own_cpu_usec();
double thread_cpu_usec();  // of the calling thread alone
double cpu_usec_of(pid_t pid);

double wall_usec();

// The value below which that share of the samples lies; 0 without any.
double percentile(std::vector<double> samples, double share);
inline double median(const std::vector<double>& samples) {
  return percentile(samples, 0.5);
}

// Resident memory of a process in bytes; 0 if it cannot be read.
std::size_t resident_bytes(pid_t pid);

}  // namespace ceems::bench
