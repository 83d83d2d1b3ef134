#include "manager/hostlist.h"
#include "manager/slurm_jobs.h"
#include "manager/slurm_tres.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)ceems::manager::parse_sacct(text, "|");
  (void)ceems::manager::parse_tres(text, ceems::manager::MemoryReading::kExact);
  (void)ceems::manager::expand_hostlist(text, 1000);
  return 0;
}
