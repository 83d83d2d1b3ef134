// promql_queries old|new|editor|broken|tenant COUNT SEED: random queries, each followed by a NUL byte. Those
// of a tenant ask for the series of tests/e2e/tenants.py.
#include "promql/query_generator.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace {

ceems::promql::Vocabulary tenant_words() {
  return {
      .metrics = {"watts", "watts", "joules_total", "sum", "up", "a:b:rate5m"},
      .labels = {"uuid", "uuid", "uuid", "job", "instance", "ceems_id", "service_name", "le", "gpuuuid"},
      .values = {"", "1", "2", "3", "7", "8", "a", "b", "hpc", "x y", R"(\"q\")"},
      .patterns = {"", ".*", ".+", "1|2", "[0-9]+", "(1|3)?", "7|3", "[^3]", "hpc", "hpc|", R"(\\w)", "a|b"}};
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ceems::promql;
  if (argc != 4) return 2;
  const std::string_view kind = argv[1];
  const Grammar grammar = kind == "new" ? Grammar::kNew : kind == "editor" ? Grammar::kEditor : Grammar::kOld;
  Vocabulary words = kind == "tenant" ? tenant_words() : Vocabulary();
  // The editor does not take this one for the name of a metric.
  if (grammar == Grammar::kEditor) std::erase(words.metrics, "offset");
  QueryGenerator generator(std::strtoull(argv[3], nullptr, 10), grammar, std::move(words));
  for (unsigned long count = std::strtoul(argv[2], nullptr, 10); count > 0; --count) {
    const std::string query = kind == "broken" ? generator.broken_query() : generator.query();
    std::fwrite(query.c_str(), 1, query.size() + 1, stdout);
  }
  return 0;
}
