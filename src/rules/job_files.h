// Rules for one scrape job of exporters in a file, and for a scrape job of GPU exporters in another, each
// with one group of rules about units and one about the job. What ceems_tool writes for a server that it has
// looked at. Thread-safe.
#pragma once

#include "base/result.h"
#include "rules/options.h"
#include "rules/render.h"

#include <string>
#include <string_view>

namespace ceems::rules {

// The name as a part of a file name: whatever is neither letter, digit, '.', '_' nor '-' becomes '_'.
std::string file_name_of(std::string_view job);

// What is counted of units beside their power.
struct JobFileParts {
  bool io = false;
  bool network = false;
};
// "<job>.rules": usage, power by each of the options' sources, emissions; groups of their own for what units
// read, write, send and receive. `options.job` must not be empty.
base::Result<RenderedFile> render_job_rules(const RuleOptions& options, const JobFileParts& parts);

// What a file about a scrape job of GPU exporters has.
struct GpuFileParts {
  bool name_of_job = false;  // `options.job` is part of the file's name, because others share these GPUs
  bool units = true;         // what units of `options.job` use, of GPUs that any exporter tells of
  bool job = true;           // the sums and means of `options.gpu_job`
};
// "<gpu job>-gpu.rules".
base::Result<RenderedFile> render_gpu_job_rules(const RuleOptions& options, const GpuFileParts& parts);

}  // namespace ceems::rules
