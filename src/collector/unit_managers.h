// The managers whose units are collected, as the command line asks for them, in the order in which they claim
// cgroups: batch systems, then virtual machines, pods, and last what a configuration file describes.
#pragma once

#include "base/log.h"
#include "base/privilege.h"
#include "base/result.h"
#include "cgroup/unit_files.h"
#include "collector/compute_units.h"
#include "collector/node.h"
#include "unit/kubernetes_registry.h"
#include "unit/manager.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::collector {

struct UnitManager {
  std::unique_ptr<unit::Manager> manager;
  std::string_view collector;  // as in --collector.<name>; several of the configuration file have one
  cgroup::ReadPlan plan;
  // Of a manager of pods, and its own; null without GPUs.
  const unit::KubernetesRegistry* pods = nullptr;
};

// kInvalid if a configuration file is missing or wrong.
base::Result<std::vector<UnitManager>> make_unit_managers(const NodeContext& node,
                                                          const ComputeUnitsOptions& options,
                                                          const base::Logger& log);

// As this host may be called by batch systems: its name and its short name, and those of the label.
std::vector<std::string> host_names(const NodeContext& node);

// The collectors that these options turn on, in that order.
std::vector<std::string_view> unit_collectors(const ComputeUnitsOptions& options);

// What each of them needs after the start.
std::vector<base::CapabilityNeed> unit_capability_needs(const ComputeUnitsOptions& options);

}  // namespace ceems::collector
