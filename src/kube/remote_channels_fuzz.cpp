// Messages about a program in a container, each after a byte with its length; and lists of pods.
#include "base/check.h"
#include "kube/pod_choice.h"
#include "kube/remote_channels.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::kube;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr RemoteBounds kBounds{.output = 500, .errors = 100};
  RemoteChannels channels(kBounds);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t length =
        std::min<std::size_t>(static_cast<unsigned char>(rest.front()), rest.size() - 1);
    const auto ended = channels.take(rest.substr(1, length));
    if (!ended || *ended) break;
    rest.remove_prefix(1 + length);
  }
  const RemoteResult result = std::move(channels).result();
  CEEMS_CHECK(result.output.size() <= kBounds.output && result.errors.size() <= kBounds.errors);
  CEEMS_CHECK(result.exit_status >= 0 && result.exit_status < 256);
  (void)parse_remote_status(text);
  (void)told_in_status(text);
  (void)parse_containers(text, {.node = "n", .container = "c"});
  return 0;
}
