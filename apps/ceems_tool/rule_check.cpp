#include "rule_check.h"

#include "config/yaml.h"
#include "promql/parser.h"
#include "promql/printer.h"

#include <string>

namespace ceems::tool {

base::Status check_rule_file(const rules::RenderedFile& file) {
  CEEMS_TRY(const config::Document document, config::Document::parse(file.text, file.name));
  for (const config::Node& group : document.root()["groups"].elements()) {
    for (const config::Node& rule : group["rules"].elements()) {
      CEEMS_TRY(const std::string record, rule["record"].string());
      CEEMS_TRY(const std::string expression, rule["expr"].string());
      const auto parsed = promql::parse_with_position(expression);
      if (!parsed)
        return base::fail(base::ErrorCode::kInternal, file.name + ", " + record, "{}",
                          promql::explain(expression, parsed.error()));
    }
  }
  return {};
}

}  // namespace ceems::tool
