// What each route of the API server costs on the database of a large site, beside the same SQL through the
// sqlite3 library, and how an update fares beside readers. Prints Markdown tables. Requests go through the
// routes as the server calls them, without a network.
//
//   api_bench [--units N] [--extremes yes|no] [--database DIRECTORY] [--rounds N] [--only PART OF A NAME]
//             [--sql yes|no]
//
// --extremes yes makes a site whose rows have smallest and largest values too.
// --only "an update" is the last table alone; --sql no leaves the SQL out, which takes most of the time.
// The database is made where the directory has none, and kept there; without a directory it is a temporary
// one.
#include "base/log.h"
#include "base/text.h"
#include "sample.h"
#include "site.h"
#include "site_requests.h"
#include "site_server.h"
#include "site_sql.h"
#include "site_update.h"
#include "store/writer.h"
#include "times.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace ceems::bench {
namespace {

struct Settings {
  SiteShape shape{.units = 2'000'000};
  std::size_t rounds = 20;
  std::string directory;
  std::string only;  // requests whose name contains it
  bool sql = true;
};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-api-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

base::Status print_request(const SiteServer& server, SiteSql& sql, const Settings& settings,
                           const SiteRequest& request) {
  std::size_t bytes = 0;
  CEEMS_TRY(const Times times, measure(settings.rounds, [&](std::size_t round) -> base::Status {
              CEEMS_TRY(bytes, server.ask(request.user, request.target(round)));
              return {};
            }));
  CEEMS_TRY(const Times least, measure(settings.sql ? settings.rounds : 0, [&](std::size_t round) {
              return sql.read(request.sql, request.values(round), request.columns);
            }));
  const double p50 = median(times.usec) / 1'000;
  const double floor_p50 = median(least.usec) / 1'000;
  fmt::print("| {} | {} | {:.2f} | {:.2f} | {:.2f} |", request.what, bytes / 1'000, p50,
             times.worst() / 1'000, median(times.cpu_usec) / 1'000);
  if (settings.sql) {
    fmt::print(" {:.2f} | {:.2f} |\n", floor_p50, p50 / floor_p50);
  } else {
    fmt::print(" - | - |\n");
  }
  std::fflush(stdout);
  return {};
}

base::Status run(const Settings& settings) {
  base::configure_logging(base::LogLevel::kWarn, base::LogFormat::kLogfmt);
  const TemporaryDirectory temporary;
  const std::string directory = settings.directory.empty() ? temporary.path() : settings.directory;
  double begin = wall_usec();
  CEEMS_TRY_VOID(make_site(directory, settings.shape));
  const double made = wall_usec() - begin;
  begin = wall_usec();
  CEEMS_TRY(const auto writer, store::Writer::open({.directory = directory}));
  SiteServer server;
  CEEMS_TRY_VOID(server.open(directory, false));
  CEEMS_TRY_VOID(server.ask("root", "/api/v1/clusters/admin"));
  const double opened = wall_usec() - begin;
  begin = wall_usec();
  CEEMS_TRY_VOID(writer->create_indexes());
  const double indexed = wall_usec() - begin;
  begin = wall_usec();
  double longest_step = 0;
  for (bool more = true; more;) {
    const double step = wall_usec();
    CEEMS_TRY(more, writer->advance_rollups());
    longest_step = std::max(longest_step, wall_usec() - step);
  }
  const double summed = wall_usec() - begin;
  std::error_code ignored;
  const auto bytes = std::filesystem::file_size(store::database_path(directory), ignored);
  fmt::print(
      "{} units, {} users, {} projects, {} days: {} MB. Made in {:.0f} s; opened and answering after {:.0f} "
      "ms; "
      "indexes after {:.1f} s, rollups after {:.1f} s (longest step {:.0f} ms)\n\n",
      settings.shape.units, kSiteUsers, kSiteProjects, kSiteDays, bytes / 1'000'000, made / 1e6, opened / 1e3,
      indexed / 1e6, summed / 1e6, longest_step / 1e3);
  SiteSql sql;
  CEEMS_TRY_VOID(sql.open(directory));
  fmt::print(
      "| request | kB | p50 ms | worst ms | processor ms | SQL alone p50 ms | ratio |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
  CEEMS_TRY(const auto requests, site_requests(directory));
  for (const SiteRequest& request : requests)
    if (request.what.find(settings.only) != std::string::npos)
      CEEMS_TRY_VOID(print_request(server, sql, settings, request));
  if (kUpdateTable.find(settings.only) == std::string_view::npos) return {};
  return print_update(*writer, server);
}

bool read_number(std::string_view text, std::size_t& number) {
  const auto value = base::parse_u64(text);
  if (!value || *value == 0) return false;
  number = static_cast<std::size_t>(*value);
  return true;
}

bool read_choice(std::string_view text, bool& choice) {
  choice = text == "yes";
  return choice || text == "no";
}

bool read_argument(std::string_view name, std::string_view value, Settings& settings) {
  if (name == "--units") return read_number(value, settings.shape.units);
  if (name == "--rounds") return read_number(value, settings.rounds);
  if (name == "--only") settings.only = value;
  if (name == "--only") return true;
  if (name == "--sql") return read_choice(value, settings.sql);
  if (name == "--extremes") return read_choice(value, settings.shape.extremes);
  if (name != "--database" || value.empty()) return false;
  settings.directory = value;
  return true;
}

}  // namespace
}  // namespace ceems::bench

int main(int count, char** words) {
  ceems::bench::Settings settings;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 >= count || !ceems::bench::read_argument(words[i], words[i + 1], settings)) {
      fmt::print(stderr,
                 "usage: api_bench [--units N] [--extremes yes|no] [--database DIRECTORY] [--rounds N] "
                 "[--only NAME] "
                 "[--sql yes|no]\n");
      return 2;
    }
  }
  if (const auto status = ceems::bench::run(settings); !status) {
    fmt::print(stderr, "{}\n", status.error().text());
    return 1;
  }
  return 0;
}
