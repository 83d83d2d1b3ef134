// What processes say about themselves is a user's text: it must not be read past its end, and what comes out
// is a job id or nothing.
#include "base/check.h"
#include "unit/slurm_identity.h"
#include "unit/slurm_manager.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string& id : {unit::job_id_in_environment(text), unit::job_id_in_title(text)})
    CEEMS_CHECK(id.empty() || unit::is_slurm_job_id(id));
  const unit::SlurmManager manager;
  if (const auto claim = manager.claim(text)) {
    CEEMS_CHECK(claim->uuid.empty() ? unit::is_sluid(claim->name) : unit::is_slurm_job_id(claim->uuid));
  }
  (void)manager.may_claim_below(text);
  return 0;
}
