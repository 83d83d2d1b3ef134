#include "base/file.h"
#include "commands.h"
#include "rules/updater_queries.h"
#include "tsdb_server.h"

#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

class CreateUpdaterQueries final : public config::Command {
 public:
  void declare(config::Flags& flags) override {
    server_flags_.declare(flags);
    flags.string("output-file", "", "File for the queries, in place of standard output.", output_file_);
  }

  int run() override {
    if (const base::Status status = create(); !status) {
      config::print_start_error("ceems_tool", status.error().text());
      return 1;
    }
    return 0;
  }

 private:
  base::Status create() {
    CEEMS_TRY(const auto server, TsdbServer::create(server_flags_));
    const std::set<std::string> wanted = rules::updater_series();
    CEEMS_TRY(const auto labels, server->series({wanted.begin(), wanted.end()}));
    std::set<std::string> there;
    std::set<std::string> provider_names;
    for (const tsdb::LabelSet& one : labels) {
      there.emplace(tsdb::label_of(one, "__name__"));
      // Recorded emissions are always somebody's.
      if (const auto provider = tsdb::label_of(one, "provider"); !provider.empty())
        provider_names.emplace(provider);
    }
    const std::vector<std::string_view> providers(provider_names.begin(), provider_names.end());
    const std::string yaml =
        rules::updater_queries_yaml(rules::only_existing(rules::default_updater_queries(providers), there));
    if (!output_file_.empty()) return base::write_file_atomically(output_file_, yaml, 0644);
    fmt::print(stderr, "Queries for TSDB updater:\n");
    fmt::print("{}", yaml);
    return {};
  }

  TsdbFlags server_flags_;
  std::string output_file_;
};

}  // namespace

std::unique_ptr<config::Command> make_create_updater_queries() {
  return std::make_unique<CreateUpdaterQueries>();
}

}  // namespace ceems::tool
