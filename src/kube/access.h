// How to reach a Kubernetes API server, from a kubeconfig file or as a pod of the cluster. Sources:
// kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig and
// kubernetes.io/docs/tasks/run-application/access-api-from-pod.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "kube/exec_credential.h"

#include <optional>
#include <string>

namespace ceems::kube {

struct Access {
  config::HttpClientConfig web{};
  std::optional<ExecProgram> exec{};  // makes what is shown besides `web`
};

// The cluster and user of the file's current context; relative file names in it resolve against `directory`.
// A token may be in the file or in another one, a certificate and its key too, or a name and a password; or a
// program makes them. Errors: kInvalid.
base::Result<Access> parse_kubeconfig(std::string text, const std::string& name,
                                      const std::string& directory);

// From the variables KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT and the files of the service
// account, which are read each time they are used.
base::Result<config::HttpClientConfig> in_cluster_access();

// By the file; without one, as a pod.
base::Result<Access> find_access(const std::string& kubeconfig_file);

}  // namespace ceems::kube
