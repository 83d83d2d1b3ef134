#include "manager/slurm_jobs.h"

#include "base/text.h"
#include "store/time_zone.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ceems::manager {

namespace {

constexpr std::size_t kFields = 20;
using Row = std::array<std::string_view, kFields>;

// What of a row that makes no sense is shown.
constexpr std::size_t kShown = 120;

std::string valid_utf8(std::string_view text) {
  if (base::is_valid_utf8(text)) return std::string(text);
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    if (length == 0)
      valid += "\xef\xbf\xbd";
    else
      valid += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return valid;
}

std::int64_t number(std::string_view text) {
  return base::parse_i64(text).value_or(0);
}

std::int64_t instant(std::string_view text) {
  if (const auto zoned = store::parse_zoned(text)) return *zoned;
  return store::TimeZone().parse_local(text).value_or(0);
}

bool is_job_id(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_step_id(std::string_view text) {
  const std::size_t dot = text.find('.');
  return dot != std::string_view::npos && is_job_id(text.substr(0, dot));
}

SlurmJob job_of(const Row& row) {
  return {.id = std::string(row[0]),
          .partition = valid_utf8(row[1]),
          .qos = valid_utf8(row[2]),
          .account = valid_utf8(row[3]),
          .group = valid_utf8(row[4]),
          .gid = number(row[5]),
          .user = valid_utf8(row[6]),
          .uid = number(row[7]),
          .submit_ms = instant(row[8]),
          .start_ms = instant(row[9]),
          .end_ms = instant(row[10]),
          .elapsed_seconds = std::max<std::int64_t>(number(row[12]), 0),
          .exit_code = valid_utf8(row[13]),
          .state = valid_utf8(row[14]),
          .tres = valid_utf8(row[15]),
          .nodelist = valid_utf8(row[16]),
          .name = valid_utf8(row[17]),
          .workdir = valid_utf8(row[18])};
}

std::unexpected<base::Error> bad_row(std::size_t row, std::string_view text) {
  return base::fail(base::ErrorCode::kInvalid, "sacct", "row {} of the answer is not a whole job: '{}'", row,
                    valid_utf8(text.substr(0, kShown)));
}

}  // namespace

base::Result<std::vector<SlurmJob>> parse_sacct(std::string_view output, std::string_view separator) {
  std::vector<SlurmJob> jobs;
  std::string_view rest = output;
  for (std::size_t row_number = 1; !rest.empty(); ++row_number) {
    const std::string_view begin = rest;
    Row row;
    for (std::size_t i = 0; i + 1 < kFields; ++i) {
      const std::size_t end = rest.find(separator);
      if (end == std::string_view::npos) return bad_row(row_number, begin);
      row[i] = rest.substr(0, end);
      rest.remove_prefix(end + separator.size());
    }
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return bad_row(row_number, begin);
    row.back() = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (row.back() != row.front() || (!is_job_id(row.front()) && !is_step_id(row.front())))
      return bad_row(row_number, begin);
    if (is_step_id(row.front()) || row[16] == "None assigned") continue;
    jobs.push_back(job_of(row));
  }
  return jobs;
}

}  // namespace ceems::manager
