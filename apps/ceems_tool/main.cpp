// ceems_tool: checks a CEEMS installation and helps to configure it.
#include "commands.h"

int main(int argc, char** argv) {
  using namespace ceems;
  config::Commands commands("ceems_tool", "Checks a CEEMS installation and helps to configure it.");
  commands.add("check api-healthy", "Check that an API server answers.",
               tool::make_check_health("http://localhost:9020"));
  commands.add("check lb-healthy", "Check that a load balancer answers.",
               tool::make_check_health("http://localhost:9030"));
  commands.add("check web-config", "Check web configuration files and the certificates they name.",
               tool::make_check_web_config());
  commands.add("config create-web-config",
               "Create a web configuration file with a password, and with a self-signed certificate.",
               tool::make_create_web_config());
  commands.add("promql check", "Check that a PromQL query is valid; the exit status says so.",
               tool::make_promql_check());
  commands.add("promql format",
               "Write a PromQL query on one line, without comments, as every Prometheus reads it.",
               tool::make_promql_format());
  commands.add(
      "rules render",
      "Write the recording and alerting rules that Prometheus needs for energy and emissions of units.",
      tool::make_rules_render());
  commands.add("tsdb create-recording-rules",
               "Write recording rules for what a Prometheus server scrapes: meters, GPUs, emission factors.",
               tool::make_create_recording_rules());
  commands.add("tsdb create-relabel-configs",
               "Write the relabelling that older rules need for the GPU exporters of a Prometheus server.",
               tool::make_create_relabel_configs());
  commands.add("tsdb create-ceems-tsdb-updater-queries",
               "Write the queries of the API server's updater for what a Prometheus server records.",
               tool::make_create_updater_queries());
  return commands.run(argc, argv);
}
