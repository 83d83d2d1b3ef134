// Whether what a node's meter reads contains its GPUs: asked of how both moved together. If it does, a watt
// more of the GPUs is a watt more of the node; if not, it is none, or the little that processors do to keep
// GPUs busy. Pure; thread-safe.
#pragma once

#include "rules/options.h"

#include <chrono>
#include <map>
#include <string>

namespace ceems::rules {

// Queries for means over a time of h, g, h·g, g² and h², by label `instancehost`: h the watts of a node as
// its meter tells them, g those of all its GPUs, where both are known.
struct GpuQuestion {
  std::string node;
  std::string gpus;
  std::string product;
  std::string gpus_squared;
  std::string node_squared;
};
GpuQuestion gpu_question(const RuleOptions& options, PowerSource source, std::chrono::milliseconds range,
                         std::chrono::milliseconds step);

// The answers for one host.
struct GpuMoments {
  double node = 0;
  double gpus = 0;
  double product = 0;
  double gpus_squared = 0;
  double node_squared = 0;
};

struct GpuVerdict {
  enum class Answer { kYes, kNo, kUnknown } answer = Answer::kUnknown;
  int hosts = 0;           // whose GPUs changed enough to tell
  int agreeing = 0;        // of them
  double slope = 0;        // median: watts of the node for a watt of its GPUs
  double correlation = 0;  // median
};

// kUnknown if no host could tell: its GPUs drew the same all the time. Where even then a node reads less than
// its GPUs, they are not in it.
GpuVerdict judge(const std::map<std::string, GpuMoments>& hosts);

}  // namespace ceems::rules
