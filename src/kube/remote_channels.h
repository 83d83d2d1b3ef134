// What comes back of a program that runs in a container: messages of the sub-protocols v5.channel.k8s.io and
// v4.channel.k8s.io, each a byte that names the channel and then bytes of it. Without I/O; not thread-safe.
//
// Source: kubernetes.io/docs/reference/kubernetes-api (operation "connect … exec of Pod"), KEP-4006;
// meta/v1 Status.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::kube {

struct RemoteResult {
  int exit_status = 0;
  std::string output;  // stdout
  std::string errors;  // stderr; what is beyond the bound is dropped
};

struct RemoteBounds {
  std::size_t output = std::size_t{4} << 20;
  std::size_t errors = std::size_t{64} << 10;
};

class RemoteChannels {
 public:
  explicit RemoteChannels(RemoteBounds bounds) : bounds_(bounds) {}

  // True once it is told how the program ended: nothing more is to come. kTooLarge if stdout is beyond the
  // bound; kInvalid for a message of no channel or a status that is endless; kUnavailable, with the reason
  // and what the server says, if the program could not be run.
  base::Result<bool> take(std::string_view message);

  // After the end of all messages, or the first true.
  RemoteResult result() &&;

 private:
  const RemoteBounds bounds_;
  RemoteResult result_;
  std::string status_;
};

// The exit status that a Status tells; nullopt: it is no whole Status. kUnavailable as above.
base::Result<std::optional<int>> parse_remote_status(std::string_view text);

// "Forbidden: pods is forbidden: …": reason and message of a Status, bounded and in printable ASCII; "" for
// what is no Status.
std::string told_in_status(std::string_view text);

}  // namespace ceems::kube
