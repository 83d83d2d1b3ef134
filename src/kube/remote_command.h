// Running a program in a container of a pod, through the API server: the sub-resource `exec`, over WebSocket.
// Nothing is given to the program to read, and it has no terminal.
//
// The request is a GET. The API server wants the right to `get` pods/exec for that, from 1.35 on also the
// right to `create` it.
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "kube/remote_channels.h"

#include <chrono>
#include <string>
#include <vector>

namespace ceems::kube {

struct ContainerName {
  std::string name_space;
  std::string pod;
  std::string container;
  bool operator==(const ContainerName&) const = default;
};

// "'nvidia-smi -L' in container tools of pod gpus/tools-1".
std::string describe_command(const ContainerName& where, const std::vector<std::string>& command);

struct RemoteLimits {
  // Then nobody waits any longer; the program cannot be ended from here.
  std::chrono::milliseconds timeout{60'000};
  RemoteBounds bounds;
};

// `server` is the API server's URL. An exit status other than 0 is a result. Errors, about the container and
// the command: kGone if there is no such pod or container (any more), kPermission, kTimeout, kCancelled,
// kTooLarge; kUnavailable if the program could not be run, or nobody told how it ended; kInvalid.
base::Result<RemoteResult> run_in_container(http::Client& client, const std::string& server,
                                            const ContainerName& where,
                                            const std::vector<std::string>& command,
                                            const RemoteLimits& limits);

}  // namespace ceems::kube
