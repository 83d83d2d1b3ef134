// PromQL over the series of GPU exporters: dcgm-exporter, the collector `gpu.nvml`, AMD's SMI exporter and
// AMD's Device Metrics Exporter. Whatever they call a GPU, here it is label `gpuuuid`, and a part of one
// `gpuiid`, as in the series that tell who holds it; a scrape configuration that relabels them already does
// no harm. Where several exporters tell of one GPU, one counts. Internal to this room.
#pragma once

#include "rules/options.h"

#include <string>
#include <string_view>

namespace ceems::rules {

// A metric of NVIDIA, or a function of one, by (gpuuuid, gpuiid): as our own exporter tells it, else as
// another does.
std::string nvidia_parts(std::string_view metric);
// The same by (gpuuuid): what exists once in a GPU, though it may be told for each part.
std::string nvidia_gpus(std::string_view metric);

// A metric of AMD's Device Metrics Exporter, by (gpuuuid, gpuiid). What it tells of the first partition
// counts for an undivided GPU too.
std::string amd_parts(std::string_view metric);
std::string amd_gpus(std::string_view metric);

// A metric of AMD's SMI exporter, which knows GPUs only by their number on the host: by (gpuuuid, gpuiid), of
// GPUs that some unit holds. `label` is the one that has the number.
std::string amd_smi_parts(std::string_view metric, std::string_view label, const RuleOptions& options);

// Watts of all GPUs of a host, as their exporters tell them: by (instancehost), the name of the host in
// `instance`.
std::string gpu_watts_of_hosts(const RuleOptions& options);

// The same choice for what is recorded of scrape jobs: exporters of GPUs may have one of their own.
RuleOptions of_gpu_job(RuleOptions options);

}  // namespace ceems::rules
