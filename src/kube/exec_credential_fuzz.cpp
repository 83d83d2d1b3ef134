// What a credential program printed, and kubeconfig files.
#include "kube/access.h"
#include "kube/exec_credential.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::kube;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_exec_credential(text, "client.authentication.k8s.io/v1");
  if (const auto access = parse_kubeconfig(std::string(text), "kubeconfig", "/nowhere");
      access && access->exec)
    (void)exec_info(*access->exec);
  return 0;
}
