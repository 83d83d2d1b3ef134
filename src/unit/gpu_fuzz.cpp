// What SLURM's users and administrators write about GPUs, and what the kernel lists.
#include "base/check.h"
#include "unit/device_permissions.h"
#include "unit/gres_conf.h"
#include "unit/host_list.h"
#include "unit/slurm_gpus.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::unit;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto claim = slurm_gpu_claim("7", text)) {
    for (const std::string& index : claim->indices)
      CEEMS_CHECK(!index.empty());
  }
  const std::size_t half = size / 2;
  (void)host_list_contains(text.substr(0, half), text.substr(half));
  (void)parse_gres_conf(
      text, {.hostnames = {"n7"}, .include = [&](const std::string&) { return std::string(text); }});
  (void)parse_mig_minors(text);
  (void)parse_gpu_majors(text);
  if (const auto permissions = DevicePermissions::parse(text)) (void)permissions->allows(195, 0);
  DeviceProgram program(size / sizeof(bpf_insn));
  if (!program.empty()) std::memcpy(program.data(), data, program.size() * sizeof(bpf_insn));
  (void)run_device_program(program, 195, 0);
  return 0;
}
