// Where SLURM's jobs and associations come from. One thread at a time, except cancel(). For this room only.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/slurm_jobs.h"

#include <memory>
#include <string>
#include <vector>

namespace ceems::manager {

class SlurmSource {
 public:
  virtual ~SlurmSource() = default;

  // Jobs that had nodes at some time between the two, every run of them.
  virtual base::Result<std::vector<SlurmJob>> jobs_between(TimePoint since, TimePoint until) = 0;
  // All that is known of those ids.
  virtual base::Result<std::vector<SlurmJob>> jobs_of(const std::vector<std::string>& ids) = 0;
  virtual base::Result<Membership> membership() = 0;
  // The clusters that SLURM's database has.
  virtual base::Result<std::vector<std::string>> clusters() = 0;
  virtual void cancel() = 0;
};

}  // namespace ceems::manager
