#include "manager/slurm_cli.h"

#include "base/text.h"
#include "manager/slurm.h"
#include "manager/slurm_commands.h"
#include "store/time_zone.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::size_t kIdsInOneQuestion = 500;
// Every state but PENDING.
constexpr std::string_view kStates =
    "BOOT_FAIL,CANCELLED,COMPLETED,DEADLINE,FAILED,NODE_FAIL,OUT_OF_MEMORY,PREEMPTED,REQUEUED,RESIZING,"
    "REVOKED,RUNNING,SUSPENDED,TIMEOUT";

// UTC, as sacct takes it.
std::string time_argument(TimePoint time) {
  return store::TimeZone().local(time.time_since_epoch().count());
}

// 128 bits that nobody can guess.
std::string unguessable_text() {
  std::random_device device;
  std::string text = "<";
  for (int i = 0; i < 4; ++i)
    text += fmt::format("{:08x}", static_cast<std::uint32_t>(device()));
  return text + ">";
}

class SlurmCli final : public SlurmSource {
 public:
  SlurmCli(const ClusterSettings& settings, SlurmCommands commands)
      : cluster_(settings.slurm.cluster), commands_(std::move(commands)) {}

  base::Result<std::vector<SlurmJob>> jobs_between(TimePoint since, TimePoint until) override {
    return jobs({"--state", std::string(kStates), "--starttime", time_argument(since), "--endtime",
                 time_argument(until)});
  }
  base::Result<std::vector<SlurmJob>> jobs_of(const std::vector<std::string>& ids) override;
  base::Result<Membership> membership() override;
  base::Result<std::vector<std::string>> clusters() override;
  void cancel() override { commands_.cancel(); }

 private:
  base::Result<std::vector<SlurmJob>> jobs(std::vector<std::string> which);

  std::string cluster_;
  SlurmCommands commands_;
};

base::Result<std::vector<SlurmJob>> SlurmCli::jobs(std::vector<std::string> which) {
  const std::string separator = unguessable_text();
  std::vector<std::string> arguments = {"-D",          "-X",
                                        "--noheader",  "--allusers",
                                        "--parsable2", "--delimiter=" + separator,
                                        "--format",    std::string(kSacctFields)};
  std::ranges::move(which, std::back_inserter(arguments));
  if (!cluster_.empty()) arguments.push_back("--clusters=" + cluster_);
  CEEMS_TRY(const std::string output, commands_.run("sacct", std::move(arguments)));
  return parse_sacct(output, separator);
}

base::Result<std::vector<SlurmJob>> SlurmCli::jobs_of(const std::vector<std::string>& ids) {
  std::vector<SlurmJob> all;
  for (std::size_t first = 0; first < ids.size(); first += kIdsInOneQuestion) {
    const std::size_t last = std::min(first + kIdsInOneQuestion, ids.size());
    const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(first),
                                        ids.begin() + static_cast<std::ptrdiff_t>(last));
    CEEMS_TRY(std::vector<SlurmJob> more, jobs({"--jobs", base::join(some, ",")}));
    std::ranges::move(more, std::back_inserter(all));
  }
  return all;
}

base::Result<Membership> SlurmCli::membership() {
  std::vector<std::string> arguments = {"--parsable2", "--noheader", "list", "associations",
                                        "format=Account,User"};
  if (!cluster_.empty()) arguments.push_back("cluster=" + cluster_);
  CEEMS_TRY(const std::string output, commands_.run("sacctmgr", std::move(arguments)));
  return parse_associations(output);
}

base::Result<std::vector<std::string>> SlurmCli::clusters() {
  CEEMS_TRY(const std::string output,
            commands_.run("sacctmgr", {"--parsable2", "--noheader", "list", "cluster", "format=cluster"}));
  return parse_clusters(output);
}

}  // namespace

base::Result<std::unique_ptr<SlurmSource>> make_slurm_cli(const ClusterSettings& settings) {
  CEEMS_TRY(SlurmCommands commands, SlurmCommands::find(settings.cli));
  return std::make_unique<SlurmCli>(settings, std::move(commands));
}

}  // namespace ceems::manager
