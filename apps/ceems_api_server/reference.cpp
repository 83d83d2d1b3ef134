#include "reference.h"

#include "api/self_metrics.h"
#include "exposition/catalogue.h"

namespace ceems::api_server {

base::Result<std::string> reference(const config::Flags& flags) {
  exposition::Catalogue catalogue;
  catalogue.add("--web.metrics", api::SelfMetrics::families());
  CEEMS_TRY_VOID(catalogue.check());
  return config::markdown_reference(flags) + "\n## Metrics\n\n" + catalogue.markdown();
}

}  // namespace ceems::api_server
