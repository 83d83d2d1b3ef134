// The vendors' tools that list GPUs, run in pods of this node: where the host has none, and the drivers came
// in containers. Which pods these are is configured; the API server runs the tools there.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "gpu/tool_place.h"

#include <memory>
#include <string>

namespace ceems::collector {

struct PodToolsOptions {
  std::string kubeconfig_file;  // "": as a pod of the cluster
  std::string node_name;        // as Kubernetes knows this node
  // "<label selector>:<container>" of pods in which the tools are; those of NVIDIA's GPU feature discovery,
  // and of AMD's metrics exporter.
  std::string nvidia_pod = "app=gpu-feature-discovery:gpu-feature-discovery";
  std::string amd_pod = "app.kubernetes.io/name=metrics-exporter:metrics-exporter-container";
};

// Null where there is no API server to ask, since no file is given and this is no pod; or where a pod may not
// ask it, which the log is told. kInvalid for options that are wrong, also if nobody would be asked.
base::Result<std::shared_ptr<gpu::ToolPlace>> make_pod_tools(const PodToolsOptions& options,
                                                             const base::Logger& log);

}  // namespace ceems::collector
