#include "manager/lsf_jobs.h"

#include "base/text.h"
#include "json/read.h"
#include "manager/openpbs_jobs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr double kMiB = 1048576;
constexpr double kPercent = 100;
constexpr double kMaxBytes = 9e18;

// The text between "Key <" and the next '>'; "" if it is not there, or there more than once.
std::string field(std::string_view line, std::string_view key) {
  const std::string mark = std::string(key) + " <";
  const std::size_t at = line.find(mark);
  if (at == std::string_view::npos || line.find(mark, at + 1) != std::string_view::npos) return {};
  const std::string_view rest = line.substr(at + mark.size());
  return std::string(rest.substr(0, rest.find('>')));
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  std::string_view word;
  while (base::next_word(line, word))
    words.push_back(word);
  return words;
}

// The efficiency tells what part of the memory that was reserved a job used.
double reserved(double used_bytes, double efficiency_percent) {
  const double bytes = efficiency_percent > 0 ? used_bytes / efficiency_percent * kPercent : used_bytes;
  return bytes < kMaxBytes ? bytes : 0;
}

double percent_in(std::string_view text) {
  text = base::trim(text);
  if (text.ends_with('%')) text.remove_suffix(1);
  const auto number = base::parse_double(base::trim(text));
  return number && std::isfinite(*number) ? *number : 0;
}

// "h1" "h2" after "Slot(s) on Host(s)".
std::vector<std::string> slots_in(std::string_view line) {
  constexpr std::string_view kMark = "Slot(s) on Host(s)";
  std::vector<std::string> slots;
  const std::size_t at = line.find(kMark);
  if (at == std::string_view::npos) return slots;
  std::string_view rest = base::trim(line.substr(at + kMark.size()));
  while (rest.starts_with('<')) {
    const std::size_t end = rest.find('>');
    if (end == std::string_view::npos) break;
    std::string_view host = rest.substr(1, end - 1);
    std::uint64_t count = 1;
    // Several slots of one host may be written as 4*host.
    if (const std::size_t star = host.find('*'); star != std::string_view::npos) {
      constexpr std::uint64_t kMost = 100'000;
      count = std::min(base::parse_u64(host.substr(0, star)).value_or(1), kMost);
      host.remove_prefix(star + 1);
    }
    slots.insert(slots.end(), count, std::string(host));
    rest = base::trim(rest.substr(end + 1));
  }
  return slots;
}

// One record of bacct, line by line.
class Record {
 public:
  void add(std::string_view line) {
    const std::string_view text = base::trim(line);
    if (text.starts_with("Job <") && job_.id.empty()) {
      read_header(text);
      return;
    }
    if (text.starts_with("GPU_ALLOCATION:")) {
      in_gpus_ = true;
      return;
    }
    if (text.starts_with("Accounting information")) in_gpus_ = false;
    if (const std::size_t colon = text.find(": "); colon != std::string_view::npos)
      if (const std::int64_t ms = parse_ctime(text.substr(0, colon)); ms > 0) {
        read_event(ms, text.substr(colon + 2));
        return;
      }
    read_table(words_of(text));
  }

  std::optional<LsfJob> take() {
    if (job_.id.empty() || job_.start_ms == 0 || job_.end_ms == 0) return std::nullopt;
    job_.end_ms = std::max(job_.end_ms, job_.start_ms);
    job_.memory_bytes = reserved(memory_bytes_, efficiency_);
    job_.gpus = static_cast<std::int64_t>(gpus_.size());
    return std::move(job_);
  }

 private:
  void read_header(std::string_view line) {
    job_.id = std::string(line.substr(5, line.find('>') - 5));
    job_.name = field(line, ", Job Name");
    job_.user = field(line, ", User");
    job_.project = field(line, ", Project");
    job_.state = field(line, ", Status");
    job_.queue = field(line, ", Queue");
  }

  void read_event(std::int64_t ms, std::string_view what) {
    if (what.starts_with("Submitted from host")) {
      job_.submit_ms = ms;
      job_.workdir = field(what, "CWD");
    } else if (what.find("Dispatched") != std::string_view::npos &&
               what.substr(0, what.find("Dispatched")).find('<') == std::string_view::npos) {
      job_.start_ms = ms;
      const std::vector<std::string> slots = slots_in(what);
      job_.cpus = static_cast<std::int64_t>(slots.size());
      job_.hosts = {slots.begin(), slots.end()};
      job_.res_req = field(what, "Effective RES_REQ");
    } else if (what.starts_with("Completed <")) {
      job_.end_ms = ms;
      job_.exit_status = field(what, "Completed");
    }
  }

  void read_table(const std::vector<std::string_view>& words) {
    const auto column = [&](std::string_view name) -> std::optional<std::size_t> {
      const auto found = std::ranges::find(words, name);
      if (found == words.end()) return std::nullopt;
      return static_cast<std::size_t>(found - words.begin());
    };
    if (in_gpus_) {
      constexpr std::size_t kFirstOfHost = 11;
      constexpr std::size_t kNextOfHost = 10;
      if (words.size() == kFirstOfHost && words[0] != "HOST") {
        gpu_host_ = std::string(words[0]);
        gpus_.emplace(gpu_host_, std::string(words[2]));
      } else if (words.size() == kNextOfHost) {
        gpus_.emplace(gpu_host_, std::string(words[1]));
      }
      return;
    }
    if (const auto memory = column("MEM"); memory && column("SWAP")) {
      table_ = {words.size(), memory, std::nullopt};
    } else if (const auto efficiency = column("MEM_EFFICIENCY")) {
      table_ = {words.size(), std::nullopt, efficiency};
    } else if (table_.columns > 0 && words.size() == table_.columns) {
      if (table_.memory) memory_bytes_ = parse_lsf_memory(words[*table_.memory]);
      if (table_.efficiency) efficiency_ = percent_in(words[*table_.efficiency]);
      table_ = {};
    }
  }

  struct Table {
    std::size_t columns = 0;
    std::optional<std::size_t> memory{};
    std::optional<std::size_t> efficiency{};
  };

  LsfJob job_;
  Table table_;
  bool in_gpus_ = false;
  std::string gpu_host_;
  std::set<std::pair<std::string, std::string>> gpus_;
  double memory_bytes_ = 0;
  double efficiency_ = 0;
};

bool is_rule(std::string_view line) {
  const std::string_view text = base::trim(line);
  return text.size() >= 3 && text.find_first_not_of('-') == std::string_view::npos;
}

}  // namespace

double parse_lsf_memory(std::string_view text) {
  const std::string lower = base::to_lower(base::trim(text));
  const std::size_t end = std::min(lower.find_first_not_of("0123456789."), lower.size());
  const auto number = base::parse_double(std::string_view(lower).substr(0, end));
  if (!number || !std::isfinite(*number)) return 0;
  const std::string_view suffix = base::trim(std::string_view(lower).substr(end));
  constexpr std::string_view kPowers = "kmgtpe";
  double factor = 1;
  if (!suffix.empty()) {
    const std::size_t power = kPowers.find(suffix.front());
    if (power == std::string_view::npos) return 0;
    factor = std::pow(1024.0, static_cast<double>(power + 1));
  }
  const double bytes = *number * factor;
  return bytes < kMaxBytes ? bytes : 0;
}

base::Result<std::vector<LsfJob>> parse_bjobs(std::string_view output) {
  CEEMS_TRY(const json::value answer, json::parse(output, "bjobs"));
  CEEMS_TRY(const json::array* records, json::need_array(answer, {"RECORDS"}, "bjobs"));
  std::vector<LsfJob> jobs;
  for (const json::value& record : *records) {
    LsfJob job;
    job.id = json::text_member(record, "JOBID");
    if (job.id.empty()) return base::fail(base::ErrorCode::kInvalid, "bjobs", "a record has no JOBID");
    const std::string index = json::text_member(record, "JOBINDEX");
    if (!index.empty() && index != "0") job.id += "[" + index + "]";
    job.state = json::text_member(record, "STAT");
    static constexpr std::array<std::string_view, 4> kHolding{"RUN", "USUSP", "SSUSP", "UNKWN"};
    if (std::ranges::find(kHolding, std::string_view(job.state)) == kHolding.end()) continue;
    job.name = json::text_member(record, "JOB_NAME");
    job.user = json::text_member(record, "USER");
    job.project = json::text_member(record, "PROJ_NAME");
    job.group = json::text_member(record, "USER_GROUP");
    job.queue = json::text_member(record, "QUEUE");
    // They lack the day of the week.
    job.submit_ms = parse_ctime("- " + json::text_member(record, "SUBMIT_TIME"));
    job.start_ms = parse_ctime("- " + json::text_member(record, "START_TIME"));
    for (const std::string_view host : base::split(json::text_member(record, "ALLOC_SLOT"), ':'))
      if (!host.empty()) job.hosts.emplace(host);
    job.cpus = std::max<std::int64_t>(json::loose_integer_member(record, "NALLOC_SLOT").value_or(0), 0);
    job.gpus = std::max<std::int64_t>(json::loose_integer_member(record, "GPU_NUM").value_or(0), 0);
    job.memory_bytes = reserved(parse_lsf_memory(json::text_member(record, "MEM")),
                                percent_in(json::text_member(record, "MEM_EFFICIENCY")));
    job.res_req = json::text_member(record, "EFFECTIVE_RESREQ");
    job.workdir = json::text_member(record, "EXEC_CWD");
    if (job.start_ms > 0) jobs.push_back(std::move(job));
  }
  return jobs;
}

base::Result<std::vector<LsfJob>> parse_bacct(std::string_view output) {
  std::vector<LsfJob> jobs;
  Record record;
  bool whole = false;
  std::string_view line;
  const auto finish = [&] {
    if (auto job = record.take()) jobs.push_back(*std::move(job));
    record = Record();
  };
  while (base::next_line(output, line)) {
    if (base::trim(line).starts_with("SUMMARY:")) {
      whole = true;
      break;
    }
    if (is_rule(line))
      finish();
    else
      record.add(line);
  }
  finish();
  if (!whole)
    return base::fail(base::ErrorCode::kInvalid, "bacct", "the answer is not whole: it has no summary");
  return jobs;
}

Run run_of(const LsfJob& job) {
  Run run;
  run.id = job.id;
  run.name = job.name;
  run.project = job.project;
  run.group = job.group;
  run.user = job.user;
  run.created_ms = job.submit_ms;
  run.start_ms = job.start_ms;
  run.end_ms = job.end_ms;
  run.state = job.state;
  if (job.end_ms > 0) run.running_state = "RUN";
  run.cpus = static_cast<double>(job.cpus);
  run.gpus = static_cast<double>(job.gpus);
  if (job.memory_bytes > 0) run.memory = job.memory_bytes / kMiB;
  run.allocation = fmt::format(R"({{"cpus":{},"gpus":{},"mem":{:.0f},"nodes":{}}})", job.cpus, job.gpus,
                               job.memory_bytes, job.hosts.size());
  run.tags = fmt::format(
      R"({{"exit_status":{},"nodelist":{},"partition":{},"queue":{},"res_req":{},"workdir":{}}})",
      base::json_quote(job.exit_status),
      base::json_quote(base::join({job.hosts.begin(), job.hosts.end()}, "|")), base::json_quote(job.queue),
      base::json_quote(job.queue), base::json_quote(job.res_req), base::json_quote(job.workdir));
  return run;
}

}  // namespace ceems::manager
