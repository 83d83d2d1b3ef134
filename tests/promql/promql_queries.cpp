// promql_queries old|new|broken COUNT SEED: random queries, each followed by a NUL byte.
#include "promql/query_generator.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

int main(int argc, char** argv) {
  using namespace ceems::promql;
  if (argc != 4) return 2;
  const std::string_view kind = argv[1];
  QueryGenerator generator(std::strtoull(argv[3], nullptr, 10),
                           kind == "new" ? Grammar::kNew : Grammar::kOld);
  for (unsigned long count = std::strtoul(argv[2], nullptr, 10); count > 0; --count) {
    const std::string query = kind == "broken" ? generator.broken_query() : generator.query();
    std::fwrite(query.c_str(), 1, query.size() + 1, stdout);
  }
  return 0;
}
