#include "base/user.h"

#include "base/fd.h"
#include "base/text.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <limits>
#include <optional>

namespace ceems::base {

namespace {

constexpr std::size_t kMaxEntrySize = std::size_t{1} << 20;
constexpr int kMaxGroups = 65'536;  // NGROUPS_MAX

// Calls one of the getpw*_r functions with a buffer that grows as needed.
template <class Lookup>
Result<std::optional<User>> look_up(std::string_view subject, Lookup lookup) {
  std::string buffer(1024, '\0');
  while (true) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = lookup(&entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kMaxEntrySize) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    // Databases report a missing user in several ways.
    const bool missing = error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
    if (found == nullptr && missing) return std::optional<User>();
    if (found == nullptr) return fail_errno(error, subject);
    User user;
    user.name = entry.pw_name;
    user.uid = entry.pw_uid;
    user.gid = entry.pw_gid;
    user.home = entry.pw_dir;
    return std::optional<User>(std::move(user));
  }
}

void add_groups(User& user) {
  int count = 64;
  while (count <= kMaxGroups) {
    user.groups.resize(static_cast<std::size_t>(count));
    const int room = count;
    if (::getgrouplist(user.name.c_str(), user.gid, user.groups.data(), &count) >= 0) {
      user.groups.resize(static_cast<std::size_t>(count));
      return;
    }
    if (count <= room) count = room * 2;
  }
  user.groups.assign(1, user.gid);
}

bool drop_capabilities() {
  const cap_t none = ::cap_init();
  const bool dropped = none != nullptr && ::cap_set_proc(none) == 0;
  ::cap_free(none);
  return dropped;
}

// In a child process: becomes that user for good, without capabilities. False if that did not work.
bool become(const User& user) {
  if (::geteuid() != 0) return ::geteuid() == user.uid && drop_capabilities();
  return ::setgroups(user.groups.size(), user.groups.data()) == 0 &&
         ::setresgid(user.gid, user.gid, user.gid) == 0 && ::setresuid(user.uid, user.uid, user.uid) == 0 &&
         drop_capabilities();
}

// Asks `count` questions in a child process that is that user. Only the kernel knows all that decides about
// access (ACLs, security modules, network file systems).
Result<std::vector<bool>> ask_as(const User& user, std::size_t count,
                                 const std::function<bool(std::size_t)>& question) {
  std::vector<bool> result;
  if (count == 0) return result;
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno(errno, "pipe");
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return fail_errno(errno, "fork");
  if (child == 0) {
    bool told = become(user);
    for (std::size_t i = 0; i < count; ++i) {
      const char answer = question(i) ? 'y' : 'n';
      told = told && ::write(writing.get(), &answer, 1) == 1;
    }
    ::_exit(told ? 0 : 1);
  }
  writing.reset();
  std::array<char, 256> buffer;
  while (true) {
    const ssize_t n = ::read(reading.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    for (const char answer : std::string_view(buffer.data(), static_cast<std::size_t>(n)))
      result.push_back(answer == 'y');
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || result.size() != count)
    return fail(ErrorCode::kPermission, user.name, "cannot become this user");
  return result;
}

}  // namespace

Result<User> find_user(std::string_view name_or_uid) {
  const std::string text(name_or_uid);
  CEEMS_TRY(std::optional<User> user,
            look_up(text, [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
              return ::getpwnam_r(text.c_str(), entry, buffer, size, found);
            }));
  if (!user) {
    const auto uid = parse_u64(text);
    if (uid && *uid < std::numeric_limits<uid_t>::max()) {
      CEEMS_TRY(user, look_up(text, [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
                  return ::getpwuid_r(static_cast<uid_t>(*uid), entry, buffer, size, found);
                }));
    }
  }
  if (!user) return fail(ErrorCode::kNotFound, text, "no such user");
  add_groups(*user);
  return *std::move(user);
}

User current_user() {
  const uid_t uid = ::geteuid();
  const auto known = look_up("", [&](passwd* entry, char* buffer, std::size_t size, passwd** found) {
    return ::getpwuid_r(uid, entry, buffer, size, found);
  });
  User user;
  if (known && *known) user = **known;
  if (user.name.empty()) user.name = fmt::format("{}", uid);
  user.uid = uid;
  user.gid = ::getegid();
  const int count = ::getgroups(0, nullptr);
  user.groups.resize(static_cast<std::size_t>(std::max(count, 0)));
  if (::getgroups(count, user.groups.data()) < 0) user.groups.clear();
  return user;
}

Result<std::vector<std::string>> unreadable_files(const User& user, const std::vector<std::string>& paths) {
  const auto opens = [&](std::size_t i) {
    const Fd fd(::open(paths[i].c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    return static_cast<bool>(fd);
  };
  CEEMS_TRY(const std::vector<bool> answers, ask_as(user, paths.size(), opens));
  std::vector<std::string> unreadable;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!answers[i]) unreadable.push_back(paths[i]);
  }
  return unreadable;
}

Result<std::vector<PathNeed>> unmet_needs(const User& user, const std::vector<PathNeed>& needs) {
  const auto has_access = [&](std::size_t i) {
    return ::faccessat(AT_FDCWD, needs[i].path.c_str(), needs[i].mode, AT_EACCESS) == 0 ||
           (needs[i].may_vanish && errno == ENOENT);
  };
  CEEMS_TRY(const std::vector<bool> answers, ask_as(user, needs.size(), has_access));
  std::vector<PathNeed> unmet;
  for (std::size_t i = 0; i < needs.size(); ++i) {
    if (!answers[i]) unmet.push_back(needs[i]);
  }
  return unmet;
}

}  // namespace ceems::base
