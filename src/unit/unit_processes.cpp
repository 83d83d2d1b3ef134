#include "unit/unit_processes.h"

#include "base/file.h"
#include "base/privilege.h"
#include "base/text.h"
#include "cgroup/processes.h"
#include "unit/environment.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <unordered_set>

namespace ceems::unit {

namespace {

constexpr std::array<std::string_view, 2> kReadProcesses{"CAP_DAC_READ_SEARCH", "CAP_SYS_PTRACE"};
constexpr std::size_t kLongestCommand = std::size_t{64} << 10;

// Directory by directory, as a walk has them.
bool comes_before(std::string_view left, std::string_view right) {
  return std::ranges::lexicographical_compare(left, right, [](char a, char b) {
    const auto rank = [](char c) {
      return c == '/' ? 0 : 1 + static_cast<int>(static_cast<unsigned char>(c));
    };
    return rank(a) < rank(b);
  });
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> words_of(std::string_view command) {
  while (command.ends_with('\0'))
    command.remove_suffix(1);
  return base::split(command, '\0');
}

std::string_view file_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

bool is_of_slurm(std::string_view command) {
  if (command.starts_with("slurmstepd: ")) return true;
  const auto words = words_of(command);
  if (words.size() == 2 && file_name(words[0]) == "sleep") return is_number(words[1]);
  return words.size() >= 2 && words[0] == "/bin/bash" && words[1].ends_with("/slurm_script");
}

bool is_wanted(const std::string& procfs, pid_t pid, std::string_view manager, const ProcessChoice& choice) {
  const std::string directory = base::join_path(procfs, fmt::format("{}", pid));
  const bool opts = !choice.variables.empty();
  // Longer ones are users'.
  const auto command = base::read_file(base::join_path(directory, "cmdline"), kLongestCommand);
  if (!command && command.error().code != base::ErrorCode::kTooLarge) return !opts && base::exists(directory);
  if (command && (opts || !choice.compat) && is_of_manager(manager, *command)) return false;
  if (!opts) return true;
  // Threads of the kernel, and the dead.
  if (command && command->empty()) return false;
  const auto environment = read_environment(procfs, pid);
  return environment && opts_in(*environment, choice.variables);
}

}  // namespace

bool is_of_manager(std::string_view manager, std::string_view command) {
  if (manager == "slurm") return is_of_slurm(command);
  if (manager == "lsf") return command.find("/.lsbatch/") != std::string_view::npos;
  if (manager == "openpbs") return command.find("/mom_priv/") != std::string_view::npos;
  return false;
}

bool opts_in(std::string_view environment, const std::vector<std::string>& variables) {
  constexpr std::array<std::string_view, 4> kNo{"0", "false", "no", "off"};
  return std::ranges::any_of(variables, [&](const std::string& name) {
    const auto value = variable(environment, name);
    return value && std::ranges::none_of(kNo, [&](std::string_view no) {
             return base::equals_ignoring_case(base::trim(*value), no);
           });
  });
}

std::vector<UnitProcess> processes_of(const Inventory& inventory, const std::string& procfs,
                                      const ProcessChoice& choice) {
  std::vector<const Unit*> units;
  for (const auto& unit : inventory.units()) {
    if (!unit->left_over) units.push_back(unit.get());
  }
  std::ranges::sort(units, comes_before, &Unit::path);
  std::vector<UnitProcess> found;
  std::unordered_set<pid_t> seen;
  base::run_privileged(kReadProcesses, [&] {
    for (const Unit* unit : units) {
      const std::string& manager = inventory.managers()[unit->manager]->name();
      for (const std::string* root : {&inventory.layout().active_root, &inventory.layout().unified_root}) {
        if (root->empty()) continue;
        cgroup::find_process(*root + unit->path, [&](pid_t pid, const std::string& /*directory*/) {
          if (pid > 0 && seen.insert(pid).second && is_wanted(procfs, pid, manager, choice))
            found.push_back({.unit = unit, .pid = pid});
          return false;
        });
      }
    }
  });
  return found;
}

}  // namespace ceems::unit
