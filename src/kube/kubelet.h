// A node's kubelet, asked over its pod-resources socket. Thread-safe.
#pragma once

#include "base/result.h"
#include "kube/pod_resources.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ceems::kube {

struct KubeletOptions {
  std::string socket = "/var/lib/kubelet/pod-resources/kubelet.sock";
  int cancel_fd = -1;  // calls end when it is readable
  std::chrono::milliseconds timeout{5'000};
};

class Kubelet {
 public:
  explicit Kubelet(KubeletOptions options) : options_(std::move(options)) {}

  // Pods that hold devices, by v1 of the service; of a kubelet without that (before 1.20) by v1alpha1. The
  // socket is opened with CAP_DAC_OVERRIDE, if the process has it. kNoData where there is no socket: no
  // kubelet, or one that has not started.
  base::Result<std::vector<PodResources>> pods() const;
  // How many devices of NVIDIA and AMD it has to give; nullopt: it does not tell (before 1.23).
  base::Result<std::optional<std::size_t>> allocatable() const;

 private:
  KubeletOptions options_;
};

}  // namespace ceems::kube
