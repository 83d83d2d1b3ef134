// A query string and everything that is read out of one.
#include "api/fields.h"
#include "api/parameters.h"
#include "api/window.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems;
  const auto parameters = api::Parameters::parse({reinterpret_cast<const char*>(data), size});
  if (!parameters) return 0;
  const api::WindowRules rules{std::chrono::sys_seconds(std::chrono::seconds(1'772'366'400)),
                               std::chrono::hours(24)};
  (void)api::read_window(*parameters, rules);
  (void)api::read_usage_window(*parameters, rules);
  (void)api::read_unit_fields(parameters->list("field"));
  (void)api::read_usage_fields(parameters->list("field"));
  (void)api::read_group_by(parameters->list("groupby"));
  (void)parameters->flag("running");
  (void)parameters->integer("limit");
  return 0;
}
