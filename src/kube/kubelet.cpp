#include "kube/kubelet.h"

#include "kube/grpc_call.h"

#include <array>
#include <string_view>
#include <utility>

namespace ceems::kube {

namespace {

using base::ErrorCode;

constexpr std::array<std::string_view, 1> kOpenSocket{"CAP_DAC_OVERRIDE"};

base::Result<GrpcReply> call(const KubeletOptions& options, std::string method) {
  const GrpcPeer peer{.socket = options.socket, .cancel_fd = options.cancel_fd, .capabilities = kOpenSocket};
  GrpcRequest request;
  request.method = std::move(method);
  request.timeout = options.timeout;
  return grpc_call(peer, std::move(request));
}

base::Status check(const KubeletOptions& options, const GrpcReply& reply) {
  if (reply.status == kGrpcOk) return {};
  constexpr int kPermissionDenied = 7;
  constexpr int kUnauthenticated = 16;
  const bool refused = reply.status == kPermissionDenied || reply.status == kUnauthenticated;
  return base::fail(refused ? ErrorCode::kPermission : ErrorCode::kUnavailable, options.socket,
                    "the kubelet answered with status {}{}{}", reply.status,
                    reply.message.empty() ? "" : ": ", reply.message);
}

}  // namespace

base::Result<std::vector<PodResources>> Kubelet::pods() const {
  auto reply = call(options_, "/v1.PodResourcesLister/List");
  if (reply && reply->status == kGrpcUnimplemented)
    reply = call(options_, "/v1alpha1.PodResourcesLister/List");
  if (!reply && reply.error().code == ErrorCode::kNotFound)
    return base::fail(ErrorCode::kNoData, options_.socket, "there is no kubelet's socket");
  if (!reply) return std::unexpected(std::move(reply).error());
  CEEMS_TRY_VOID(check(options_, *reply));
  auto pods = parse_pod_resources(reply->body);
  if (!pods) pods.error().subject = options_.socket;
  return pods;
}

base::Result<std::optional<std::size_t>> Kubelet::allocatable() const {
  CEEMS_TRY(const GrpcReply reply, call(options_, "/v1.PodResourcesLister/GetAllocatableResources"));
  // A kubelet may have the call turned off, which it says with another status.
  if (reply.status != kGrpcOk) return std::nullopt;
  CEEMS_TRY(const std::size_t count, count_allocatable(reply.body, {"nvidia.com", "amd.com"}));
  return count;
}

}  // namespace ceems::kube
