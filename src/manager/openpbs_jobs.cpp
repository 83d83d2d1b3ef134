#include "manager/openpbs_jobs.h"

#include "base/text.h"
#include "json/read.h"
#include "manager/instant.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr double kMiB = 1048576;

std::int64_t time_member(const json::value& job, std::string_view name) {
  return parse_ctime(json::text_member(job, name));
}

// "node1/0*4+node2/1" without what is behind the slashes.
std::set<std::string> hosts_of(std::string_view text) {
  std::set<std::string> hosts;
  for (const std::string_view piece : base::split(text, '+'))
    if (const std::string_view host = piece.substr(0, piece.find('/')); !host.empty()) hosts.emplace(host);
  return hosts;
}

std::int64_t count_of(const json::value& resources, std::string_view name) {
  return std::max<std::int64_t>(json::loose_integer_member(resources, name).value_or(0), 0);
}

std::string before(std::string text, char mark) {
  return text.substr(0, text.find(mark));
}

Run run_of(std::string id, const json::value& job) {
  Run run;
  run.id = std::move(id);
  run.name = json::text_member(job, "Job_Name");
  run.user = json::text_member(job, "euser");
  if (run.user.empty()) run.user = before(json::text_member(job, "Job_Owner"), '@');
  run.group = json::text_member(job, "egroup");
  run.project = json::text_member(job, "Account_Name");
  if (run.project.empty()) run.project = json::text_member(job, "project");
  run.created_ms = time_member(job, "ctime");
  run.start_ms = time_member(job, "stime");
  run.state = json::text_member(job, "job_state");
  const bool over = run.state == "F" || run.state == "X" || run.state == "M";
  if (over) {
    run.end_ms = time_member(job, "obittime");
    if (run.end_ms == 0) run.end_ms = time_member(job, "mtime");
    run.end_ms = std::max(run.end_ms, run.start_ms);
    run.running_state = "R";
  }
  const json::value none;
  const json::value* found = json::member(job, "Resource_List");
  const json::value& resources = found == nullptr ? none : *found;
  const std::set<std::string> hosts = hosts_of(json::text_member(job, "exec_host"));
  const std::int64_t nodes = std::max(count_of(resources, "nodect"), static_cast<std::int64_t>(hosts.size()));
  const std::int64_t cpus = count_of(resources, "ncpus");
  const std::int64_t gpus = count_of(resources, "ngpus");
  const std::int64_t bytes = parse_pbs_size(json::text_member(resources, "mem"));
  run.cpus = static_cast<double>(cpus);
  run.gpus = static_cast<double>(gpus);
  if (bytes > 0) run.memory = static_cast<double>(bytes) / kMiB;
  run.allocation = fmt::format(R"({{"cpus":{},"gpus":{},"mem":{},"nodes":{}}})", cpus, gpus, bytes, nodes);
  run.tags = fmt::format(R"({{"exit_status":{},"nodelist":{},"queue":{},"workdir":{}}})",
                         json::loose_integer_member(job, "Exit_status").value_or(0),
                         base::json_quote(base::join({hosts.begin(), hosts.end()}, "|")),
                         base::json_quote(json::text_member(job, "queue")),
                         base::json_quote(json::text_member(job, "jobdir")));
  return run;
}

}  // namespace

std::int64_t parse_pbs_size(std::string_view text) {
  const std::string lower = base::to_lower(text);
  const std::size_t digits = std::min(lower.find_first_not_of("0123456789"), lower.size());
  const auto number = base::parse_u64(std::string_view(lower).substr(0, digits));
  std::string_view suffix = std::string_view(lower).substr(digits);
  if (!number) return 0;
  std::uint64_t factor = 1;
  if (suffix.ends_with('w')) factor = 8;
  if (suffix.ends_with('w') || suffix.ends_with('b')) suffix.remove_suffix(1);
  constexpr std::string_view kPowers = "kmgtp";
  if (suffix.size() > 1) return 0;
  if (!suffix.empty()) {
    const std::size_t power = kPowers.find(suffix.front());
    if (power == std::string_view::npos) return 0;
    factor <<= 10 * (power + 1);
  }
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  return *number <= kMost / factor ? static_cast<std::int64_t>(*number * factor) : 0;
}

std::int64_t parse_ctime(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<std::string_view, 5> words;
  for (std::string_view& word : words)
    if (!base::next_word(text, word)) return 0;
  const auto month = std::ranges::find(kMonths, words[1]);
  const auto day = base::parse_u64(words[2]);
  if (month == kMonths.end() || !day || *day > 31 || words[4].size() != 4) return 0;
  return parse_instant(
      fmt::format("{}-{:02}-{:02}T{}", words[4], month - kMonths.begin() + 1, *day, words[3]));
}

base::Result<std::vector<Run>> parse_qstat(std::string_view output) {
  CEEMS_TRY(const json::value answer, json::parse(output, "qstat"));
  std::vector<Run> runs;
  const json::value* jobs = json::member(answer, "Jobs");
  // Without a job there is no list of them.
  if (jobs == nullptr && json::loose_integer_member(answer, "timestamp")) return runs;
  if (jobs == nullptr || !jobs->is_object())
    return base::fail(base::ErrorCode::kInvalid, "qstat", "the answer has no Jobs");
  for (const auto& pair : jobs->get_object()) {
    const std::string id(pair.key().data(), pair.key().size());
    if (id.empty() || json::text_member(pair.value(), "job_state").empty())
      return base::fail(base::ErrorCode::kInvalid, "qstat", "a job of the answer has no id or no state");
    // An array as a whole is none of its members.
    if (id.find("[]") != std::string::npos) continue;
    Run run = run_of(id, pair.value());
    if (run.start_ms > 0) runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace ceems::manager
