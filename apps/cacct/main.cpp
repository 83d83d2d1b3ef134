// cacct: what jobs used, as a table for their users.
#include "base/version.h"
#include "config/flags.h"
#include "http/client.h"
#include "report/client_config.h"
#include "report/identity.h"
#include "report/query.h"
#include "report/styles.h"
#include "report/text_table.h"
#include "report/when.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

namespace {

using namespace ceems;

struct Options {
  std::string account, starttime, endtime, job, user, format;
  bool running = false, summary = true, long_format = false, help_format = false;
  bool csv = false, html = false, markdown = false, json = false, no_header = false;
  std::string config_file;
  bool check_config = false;
  bool print_reference = false;
};

void declare(config::Flags& flags, Options& options) {
  flags.string("account", "", "Comma separated list of accounts to show units of.", options.account);
  flags.string("starttime", "",
               "Show units that ended after this time, for example 2026-03-01T10:30 or now-2days "
               "(default: today at midnight).",
               options.starttime);
  flags.string("endtime", "", "Show units that ended before this time (default: now).", options.endtime);
  flags.string("job", "", "Comma separated list of job ids to show, whenever they ran.", options.job);
  flags.string("user", "",
               "Comma separated list of users to show units of, or all for everybody. For administrators.",
               options.user);
  flags.boolean("running", false, "Show the units that are still running, instead of those that ended.",
                options.running);
  flags.string("format", "", "Comma separated list of fields to show, see --helpformat.", options.format);
  flags.boolean("helpformat", false, "Print the fields that --format knows, and exit.", options.help_format);
  flags.boolean("long", false, "Show all fields.", options.long_format);
  flags.boolean("summary", true, "Add sums for each user and account.", options.summary);
  flags.boolean("csv", false, "Print comma separated values (RFC 4180).", options.csv);
  flags.boolean("html", false, "Print an HTML table.", options.html);
  flags.boolean("markdown", false, "Print a Markdown table.", options.markdown);
  flags.boolean("json", false, "Print JSON with full precision.", options.json);
  flags.boolean("noheader", false, "Leave out the head of the table.", options.no_header);
  flags.string(
      "config.file", "",
      "Configuration file to use instead of the system's or your own. It is read with your own rights.",
      options.config_file);
  flags.boolean("config.check", false, "Say what is wrong with the configuration file, and exit.",
                options.check_config);
  flags.boolean("reference", false, "Print the reference of flags as Markdown, and exit.",
                options.print_reference, {.hidden = true});
}

int complain(const std::string& message) {
  std::fprintf(stderr, "cacct: error: %s\n", message.c_str());
  return 1;
}

base::Result<std::string> config_file() {
  if (auto system = report::find_config(report::kSystemConfigDirectory)) return system;
  const std::string directory = report::user_config_directory();
  if (auto own = report::find_config(directory)) return own;
  return base::fail(base::ErrorCode::kNotFound, "",
                    "no configuration found: neither {}/config.yml nor {}/config.yml can be read",
                    report::kSystemConfigDirectory, directory.empty() ? "~/.config/ceems" : directory);
}

struct Prepared {
  base::Status privileges;
  base::Result<report::ClientConfig> config;
};

// The system's configuration may hold secrets that the caller must not see: it is read, with all the files it
// names, with the privileges that the installation lends, which are then given up for good. A caller's own
// configuration is read after that, and so is the command line, which may name files too.
Prepared load_and_drop_privileges() {
  const bool lent = report::runs_set_id();
  const auto system = report::find_config(report::kSystemConfigDirectory);
  if (!system) {
    const base::Status dropped = report::drop_privileges();
    if (!dropped) return {dropped, std::unexpected(dropped.error())};
    const auto own = config_file();
    if (!own) return {dropped, std::unexpected(own.error())};
    return {dropped, report::load_config(*own)};
  }
  auto loaded = report::load_config(*system);
  if (loaded && lent) {
    if (auto status = report::read_secret_files(loaded->web); !status)
      loaded = std::unexpected(status.error());
  }
  base::Status dropped = report::drop_privileges();
  // The error may quote what the caller has no right to read.
  if (!loaded && lent && ::access(system->c_str(), R_OK) != 0) {
    loaded = base::fail(
        base::ErrorCode::kInvalid, *system,
        "the configuration cannot be used; an administrator can see why with cacct --config.check");
  }
  return {std::move(dropped), std::move(loaded)};
}

int check_configuration(const Options& options) {
  const auto file = options.config_file.empty() ? config_file() : options.config_file;
  if (!file) return complain(file.error().text());
  const auto unknown = report::check_config(*file);
  if (!unknown) return complain(unknown.error().text());
  for (const std::string& key : *unknown)
    std::fprintf(stderr, "%s\n", key.c_str());
  if (!unknown->empty()) return 1;
  std::printf("%s: valid\n", file->c_str());
  return 0;
}

base::Result<report::UnitQuery> make_query(const Options& options) {
  report::UnitQuery query;
  CEEMS_TRY(query.current_user, report::login_name());
  query.accounts = report::split_list(options.account);
  query.jobs = report::split_list(options.job);
  report::set_users(query, options.user);
  query.running_only = options.running;

  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  query.from = report::local_midnight(now);
  query.to = now;
  if (!options.starttime.empty()) {
    CEEMS_TRY(query.from, report::parse_time(options.starttime, now));
  }
  if (!options.endtime.empty()) {
    CEEMS_TRY(query.to, report::parse_time(options.endtime, now));
  }
  if (query.to < query.from)
    return base::fail(base::ErrorCode::kInvalid, "", "the window ends before it starts");
  // Nothing that ended is wanted: keep the server from looking for it.
  if (options.running) query.from = query.to;

  query.fields = report::default_fields();
  if (options.long_format) {
    query.fields = report::every_field();
  } else if (!options.format.empty()) {
    CEEMS_TRY(query.fields, report::parse_format(options.format));
  }
  return query;
}

std::string render(const Options& options, const report::FieldList& fields,
                   const std::vector<report::Unit>& units) {
  if (options.json) return report::render_json(fields, units, options.summary);
  const report::Table table = report::make_table(fields, units, options.summary);
  const bool header = !options.no_header;
  if (options.html) return report::render_html(table, header);
  if (options.csv) return report::render_csv(table, header);
  if (options.markdown) return report::render_markdown(table, header);
  return report::render_text(table, header);
}

base::Result<report::UnitsAnswer> ask(const report::ClientConfig& config, const report::UnitQuery& query) {
  http::ClientOptions options;
  options.config = config.web;
  options.user_agent = fmt::format("cacct/{}", base::version().version);
  options.timeout = std::chrono::seconds(60);
  options.max_body_bytes = std::size_t{1} << 30;
  CEEMS_TRY(const auto client, http::Client::create(std::move(options)));
  return report::fetch_units(*client, config, query);
}

int run(const base::Result<report::ClientConfig>& config, const Options& options) {
  if (!config) return complain(config.error().text());
  ::tzset();
  const auto query = make_query(options);
  if (!query) return complain(query.error().text());
  const auto answer = ask(*config, *query);
  if (!answer) {
    if (answer.error().code != base::ErrorCode::kPermission) return complain(answer.error().text());
    std::fprintf(stderr, "%s\n", answer.error().message.c_str());
    return 1;
  }
  for (const std::string& warning : answer->warnings)
    std::fprintf(stderr, "cacct: warning: %s\n", warning.c_str());
  const std::string text = render(options, query->fields, answer->units);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return complain("the output could not be written");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  report::clean_environment();
  const Prepared prepared = load_and_drop_privileges();
  if (!prepared.privileges) return complain(prepared.privileges.error().text());
  Options options;
  config::Flags flags("cacct", "Shows what your jobs used: time, CPU, memory, energy and emissions.");
  declare(flags, options);
  if (const auto status = flags.parse(argc, argv)) return *status;
  if (options.print_reference) {
    std::fputs(config::markdown_reference(flags).c_str(), stdout);
    return 0;
  }
  if (options.help_format) {
    std::fputs(report::format_help().c_str(), stdout);
    return 0;
  }
  if (options.check_config) return check_configuration(options);
  // Never a mixture: what the system's configuration lends goes only where that configuration says.
  if (!options.config_file.empty()) return run(report::load_config(options.config_file), options);
  return run(prepared.config, options);
}
