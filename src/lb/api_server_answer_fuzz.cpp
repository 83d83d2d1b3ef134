// Whatever an API server answers: no crash, and what is understood keeps its meaning.
#include "access/intervals.h"
#include "base/check.h"
#include "lb/api_server_answer.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto claims = lb::parse_claims(text)) {
    for (const access::Claim& claim : *claims) {
      CEEMS_CHECK(!claim.uuid.empty());
      CEEMS_CHECK(access::complement(access::complement(claim.foreign)) == claim.foreign);
    }
  }
  (void)lb::parse_texts(text, "name");
  return 0;
}
