#include "commands.h"
#include "rules/updater_queries.h"
#include "working_command.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::tool {

namespace {

class CreateUpdaterQueries final : public TsdbTextCommand {
 public:
  CreateUpdaterQueries() : TsdbTextCommand("the queries") {}

 private:
  std::string_view heading() const override { return "Queries for TSDB updater:\n"; }

  base::Result<std::string> make_text(TsdbServer& server) override {
    const std::set<std::string> wanted = rules::updater_series();
    CEEMS_TRY(const auto labels, server.series({wanted.begin(), wanted.end()}));
    std::set<std::string> there;
    std::set<std::string> provider_names;
    for (const tsdb::LabelSet& one : labels) {
      there.emplace(tsdb::label_of(one, "__name__"));
      // Recorded emissions are always somebody's.
      if (const auto provider = tsdb::label_of(one, "provider"); !provider.empty())
        provider_names.emplace(provider);
    }
    const std::vector<std::string_view> providers(provider_names.begin(), provider_names.end());
    return rules::updater_queries_yaml(
        rules::only_existing(rules::default_updater_queries(providers), there));
  }
};

}  // namespace

std::unique_ptr<config::Command> make_create_updater_queries() {
  return std::make_unique<CreateUpdaterQueries>();
}

}  // namespace ceems::tool
