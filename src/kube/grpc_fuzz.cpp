// Bytes that somebody who listens on the kubelet's socket may send: frames of HTTP/2, and messages in them.
#include "kube/grpc_exchange.h"
#include "kube/http2_frames_test.h"
#include "kube/pod_names.h"
#include "kube/pod_resources.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace ceems::kube;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  GrpcExchange exchange({.method = "/v1.PodResourcesLister/List",
                         .body = "",
                         .timeout = std::chrono::seconds(5),
                         .most_bytes = 4096});
  (void)exchange.take_output();
  // With a good start a mutation gets further.
  if (bytes[0] % 2 == 1) (void)exchange.receive(testing::settings() + testing::response_headers());
  const std::size_t piece = 1 + bytes[0] / 2;
  for (std::size_t at = 0; at < text.size() && !exchange.reply(); at += piece) {
    (void)exchange.receive(text.substr(at, piece));
    (void)exchange.take_output();
  }
  (void)parse_pod_resources(text);
  (void)count_allocatable(text, {"nvidia.com"});
  (void)parse_pod_page(text);
  return 0;
}
