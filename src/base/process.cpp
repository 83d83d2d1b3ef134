#include "base/process.h"

#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace ceems::base {

namespace {

using Clock = std::chrono::steady_clock;

// How often the child's end is looked for where the kernel cannot tell (no pidfd before Linux 5.3).
constexpr std::chrono::milliseconds kLookInterval{20};

struct Pipe {
  Fd reading;
  Fd writing;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

std::vector<std::string> merged_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> merged;
  const auto name_of = [](std::string_view entry) { return entry.substr(0, entry.find('=')); };
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    bool replaced = false;
    for (const std::string& other : extra)
      replaced = replaced || name_of(other) == name_of(*entry);
    if (!replaced) merged.emplace_back(*entry);
  }
  merged.insert(merged.end(), extra.begin(), extra.end());
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// All that the child needs, made before the fork: after it only async-signal-safe calls are allowed.
struct Plan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const ChildIdentity* identity;
  bool new_session;
  int null_fd;
  int output_fd;
  int errors_fd;
  int report_fd;
};

[[noreturn]] void become_program(const Plan& plan) {
  const auto give_up = [&] {
    const int error = errno;
    // If even this fails, the parent sees an exit without a report.
    (void)!::write(plan.report_fd, &error, sizeof(error));
    ::_exit(127);
  };
  if (plan.new_session ? ::setsid() < 0 : ::setpgid(0, 0) != 0) give_up();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (::dup2(plan.null_fd, STDIN_FILENO) < 0 || ::dup2(plan.output_fd, STDOUT_FILENO) < 0 ||
      ::dup2(plan.errors_fd, STDERR_FILENO) < 0) {
    give_up();
  }
#if defined(SYS_close_range) && defined(CLOSE_RANGE_CLOEXEC)
  // Whatever a library opened without close-on-exec. Unknown to kernels before 5.11: then it stays.
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
  if (plan.identity != nullptr) {
    const ChildIdentity& who = *plan.identity;
    if (::setgroups(who.groups.size(), who.groups.data()) != 0 ||
        ::setresgid(who.gid, who.gid, who.gid) != 0 || ::setresuid(who.uid, who.uid, who.uid) != 0) {
      give_up();
    }
  }
  ::execve(plan.program, plan.arguments, plan.environment);
  give_up();
  ::_exit(127);
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == child;
}

// Appends what is there to read, up to `limit`. False at the end of the stream.
enum class Drained { kOpen, kEnd, kOverflow };
Drained drain(int fd, std::string& into, std::size_t limit) {
  std::array<char, 16'384> buffer;
  while (true) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return Drained::kOpen;
    if (n <= 0) return Drained::kEnd;
    const std::size_t room = limit - into.size();
    into.append(buffer.data(), std::min(room, static_cast<std::size_t>(n)));
    if (static_cast<std::size_t>(n) > room) return Drained::kOverflow;
  }
}

// A started child: killed with its group and reaped, whatever happens.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {
#ifdef SYS_pidfd_open
    pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#endif
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { reap(); }

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }
  bool ended() const { return reaped_ || has_ended(pid_); }

  // Kills the group before the leader is reaped, while its id cannot have been given to others.
  int reap() {
    if (reaped_) return status_;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);  // it may not have made its group yet
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
    return status_;
  }

 private:
  pid_t pid_;
  Fd pidfd_;
  bool reaped_ = false;
  int status_ = 0;
};

// Reads both streams until the child has ended. kTimeout, kCancelled, kTooLarge.
Status follow(const Child& child, const ChildOptions& options, const Pipe& output, const Pipe& errors,
              ChildResult& result) {
  const std::string& program = options.arguments.front();
  const auto deadline = Clock::now() + options.timeout;
  std::array<pollfd, 4> waits{pollfd{output.reading.get(), POLLIN, 0},
                              pollfd{errors.reading.get(), POLLIN, 0}, pollfd{child.pidfd(), POLLIN, 0},
                              pollfd{options.cancel_fd, POLLIN, 0}};
  while (true) {
    const bool last = child.ended();  // before reading: what it wrote is in the pipes now
    const Drained out =
        waits[0].fd < 0 ? Drained::kEnd : drain(waits[0].fd, result.output, options.output_limit);
    if (out == Drained::kOverflow)
      return fail(ErrorCode::kTooLarge, program, "more than {} bytes of output", options.output_limit);
    if (out == Drained::kEnd) waits[0].fd = -1;
    if (waits[1].fd >= 0 && drain(waits[1].fd, result.errors, options.error_limit) == Drained::kEnd)
      waits[1].fd = -1;
    if (last) return {};
    if (waits[3].revents != 0) return fail(ErrorCode::kCancelled, program, "stopped");
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0)
      return fail(ErrorCode::kTimeout, program, "still running after {} ms", options.timeout.count());
    const auto wait = child.pidfd() < 0 ? std::min(left, kLookInterval) : left;
    ::poll(waits.data(), waits.size(), static_cast<int>(wait.count()) + 1);
  }
}

}  // namespace

Result<std::string> find_program(std::string_view name, std::string_view search_path) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  for (const std::string_view directory : split(search_path, ':')) {
    if (name.empty() || !directory.starts_with('/')) continue;
    std::string path = join_path(directory, name);
    struct stat status{};
    if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(path.c_str(), X_OK) == 0)
      return path;
  }
  return fail(ErrorCode::kNotFound, name, "no such program in {}", search_path);
}

Result<ChildResult> run_child(const ChildOptions& options) {
  if (options.arguments.empty()) return fail(ErrorCode::kInvalid, "", "no program to run");
  CEEMS_TRY(const std::string program, find_program(options.arguments.front(), options.search_path));
  CEEMS_TRY(Pipe output, make_pipe());
  CEEMS_TRY(Pipe errors, make_pipe());
  CEEMS_TRY(Pipe report, make_pipe());
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) return fail_errno(errno, "/dev/null");
  for (const int fd : {output.reading.get(), errors.reading.get()})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);

  std::vector<std::string> arguments = options.arguments;
  std::vector<std::string> environment = merged_environment(options.extra_environment);
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  const Plan plan{.program = program.c_str(),
                  .arguments = argument_pointers.data(),
                  .environment = environment_pointers.data(),
                  .identity = options.identity ? &*options.identity : nullptr,
                  .new_session = options.new_session,
                  .null_fd = null.get(),
                  .output_fd = output.writing.get(),
                  .errors_fd = errors.writing.get(),
                  .report_fd = report.writing.get()};
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno(errno, program);
  if (pid == 0) become_program(plan);
  Child child(pid);
  output.writing.reset();
  errors.writing.reset();
  report.writing.reset();

  // Closed by a successful exec.
  int start_error = 0;
  ssize_t n = 0;
  while ((n = ::read(report.reading.get(), &start_error, sizeof(start_error))) < 0 && errno == EINTR) {
  }
  if (n == static_cast<ssize_t>(sizeof(start_error))) return fail_errno(start_error, program);

  ChildResult result;
  CEEMS_TRY_VOID(follow(child, options, output, errors, result));
  const int status = child.reap();
  if (WIFEXITED(status)) result.exit_status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  return result;
}

}  // namespace ceems::base
