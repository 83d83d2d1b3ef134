#include "unit/slurm_identity.h"

#include "base/file.h"
#include "base/text.h"
#include "unit/cgroup_path.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace ceems::unit {

namespace {

constexpr std::size_t kLongestTitle = 4096;
constexpr std::string_view kProgram = "slurmstepd";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Real, effective, saved and file system user. nullopt where there is no such file.
std::optional<bool> is_roots(const std::string& process) {
  const auto status = base::read_file(base::join_path(process, "status"));
  if (!status) return std::nullopt;
  std::string_view rest = *status;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (!line.starts_with("Uid:")) continue;
    line.remove_prefix(4);
    std::string_view uid;
    std::size_t roots = 0;
    while (base::next_word(line, uid)) {
      if (uid != "0") return false;
      ++roots;
    }
    return roots == 4;
  }
  return false;
}

// nullopt where it cannot be seen.
std::optional<bool> runs_slurmstepd(const std::string& process) {
  const std::string path = base::join_path(process, "exe");
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length < 0) return std::nullopt;
  const std::string_view program(target.data(), static_cast<std::size_t>(length));
  if (!last_component(program).starts_with(kProgram)) return false;
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return errno == ENOENT;
  constexpr mode_t kMoreRights = S_ISUID | S_ISGID | S_IWGRP | S_IWOTH;
  return info.st_uid == 0 && (info.st_mode & kMoreRights) == 0;
}

bool is_slurms_own(std::string_view directory) {
  constexpr std::string_view kOwn = "/slurm";
  if (!directory.ends_with(kOwn)) return false;
  directory.remove_suffix(kOwn.size());
  return last_component(directory).starts_with("step_");
}

bool is_believed(const std::string& process, std::string_view directory) {
  const std::optional<bool> roots = is_roots(process);
  if (roots.has_value() && !*roots) return false;
  const std::optional<bool> right_program = runs_slurmstepd(process);
  if (right_program.has_value() && !*right_program) return false;
  return (roots.has_value() && right_program.has_value()) || is_slurms_own(directory);
}

}  // namespace

bool is_slurm_job_id(std::string_view text) {
  if (text.empty() || text.front() == '0' || !std::ranges::all_of(text, is_digit)) return false;
  const auto number = base::parse_u64(text);
  return number && *number <= UINT32_MAX;
}

bool is_sluid(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr std::size_t kLength = 14;
  return text.size() == kLength && text.front() == 's' &&
         text.find_first_not_of(kDigits, 1) == std::string_view::npos;
}

std::string job_id_in_environment(std::string_view environment) {
  constexpr std::string_view kName = "SLURM_JOB_ID=";
  while (!environment.empty()) {
    const std::size_t end = std::min(environment.find('\0'), environment.size());
    const std::string_view entry = environment.substr(0, end);
    environment.remove_prefix(std::min(end + 1, environment.size()));
    if (!entry.starts_with(kName)) continue;
    const std::string_view value = entry.substr(kName.size());
    if (is_slurm_job_id(value)) return std::string(value);
  }
  return "";
}

std::string job_id_in_title(std::string_view command_line) {
  constexpr std::string_view kStart = "slurmstepd: [";
  if (!command_line.starts_with(kStart)) return "";
  command_line.remove_prefix(kStart.size());
  const std::size_t end = command_line.find_first_of(".]");
  if (end == std::string_view::npos) return "";
  const std::string_view id = command_line.substr(0, end);
  return is_slurm_job_id(id) ? std::string(id) : "";
}

std::optional<std::string> slurm_job_of(const std::string& procfs, pid_t pid, std::string_view directory) {
  const std::string process = base::join_path(procfs, fmt::format("{}", pid));
  if (!is_believed(process, directory)) return std::nullopt;
  std::string id;
  if (const auto environment = base::read_file(base::join_path(process, "environ"))) {
    id = job_id_in_environment(*environment);
  }
  if (id.empty()) {
    const auto title = base::read_file(base::join_path(process, "cmdline"), kLongestTitle);
    if (title) id = job_id_in_title(*title);
  }
  if (id.empty()) return std::nullopt;
  return id;
}

}  // namespace ceems::unit
