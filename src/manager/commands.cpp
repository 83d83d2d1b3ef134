#include "manager/commands.h"

#include "base/file.h"
#include "base/text.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

// A million jobs take some 400 MB.
constexpr std::size_t kOutputLimit = std::size_t{1} << 30;

std::string search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : base::ChildOptions().search_path;
}

std::string first_line(std::string_view text) {
  std::string_view line;
  while (base::next_line(text, line))
    if (!base::trim(line).empty()) return std::string(base::trim(line));
  return "nothing on its standard error";
}

}  // namespace

base::Result<Commands> Commands::find(const SlurmCliSettings& settings, std::string_view program,
                                      std::string_view named) {
  std::string directory = settings.path;
  if (directory.empty()) {
    CEEMS_TRY(const std::string found, base::find_program(program, search_path()));
    directory = base::parent_path(found);
  } else if (!base::is_directory(directory)) {
    return base::fail(base::ErrorCode::kNotFound, directory,
                      "cli.path is to be the directory of {}, and is none", named.empty() ? program : named);
  }
  base::Fd cancelled(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!cancelled) return base::fail_errno(errno, "eventfd");
  return Commands(std::move(directory), settings, std::move(cancelled));
}

Commands::Commands(std::string directory, SlurmCliSettings settings, base::Fd cancelled)
    : directory_(std::move(directory)), settings_(std::move(settings)), cancelled_(std::move(cancelled)) {}

base::ChildOptions Commands::prepare(std::string_view command, std::vector<std::string> arguments) const {
  base::ChildOptions options;
  options.search_path = search_path();
  options.timeout = settings_.timeout;
  options.output_limit = kOutputLimit;
  options.cancel_fd = cancelled_.get();
  for (const auto& [name, value] : settings_.environment)
    options.extra_environment.push_back(name + "=" + value);
  // Last, so that it holds: what is printed without a zone is UTC.
  options.extra_environment.emplace_back("TZ=UTC");
  options.arguments.push_back(base::join_path(directory_, command));
  options.arguments.insert(options.arguments.end(), std::make_move_iterator(arguments.begin()),
                           std::make_move_iterator(arguments.end()));
  return options;
}

base::Result<std::string> Commands::output_of(const std::string& program,
                                              base::Result<base::ChildResult> done) {
  if (!done) return std::unexpected(std::move(done).error());
  if (done->exit_status == 0) return std::move(done->output);
  return base::fail(base::ErrorCode::kUnavailable, program, "ended with {} {}: {}",
                    done->signal != 0 ? "signal" : "status",
                    done->signal != 0 ? done->signal : done->exit_status, first_line(done->errors));
}

base::Result<std::string> Commands::run(std::string_view command, std::vector<std::string> arguments) const {
  const base::ChildOptions options = prepare(command, std::move(arguments));
  return output_of(options.arguments.front(), base::run_child(options));
}

void Commands::cancel() {
  const std::uint64_t one = 1;
  // Full or not, it is readable afterwards.
  (void)!::write(cancelled_.get(), &one, sizeof(one));
}

}  // namespace ceems::manager
