#include "program/build_info.h"

#include "base/version.h"
#include "exposition/emitter.h"

namespace ceems::program {

std::string build_info_labels() {
  const base::Version& version = base::version();
  // The labels keep the names under which dashboards know them; `goversion` is the compiler.
  return exposition::render_labels({{"branch", version.branch},
                                    {"goarch", version.arch},
                                    {"goos", version.os},
                                    {"goversion", version.compiler},
                                    {"revision", version.revision},
                                    {"tags", ""},
                                    {"version", version.version}});
}

}  // namespace ceems::program
