#include "report/identity.h"

#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace ceems::report {

base::Result<std::string> login_name() {
  const uid_t uid = ::getuid();
  std::vector<char> buffer(1024);
  constexpr std::size_t kLargest = std::size_t{1} << 20;
  while (true) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kLargest) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (error == EINTR) continue;
    if (error != 0) return base::fail_errno(error, fmt::format("user id {}", uid));
    if (found == nullptr || *entry.pw_name == '\0')
      return base::fail(base::ErrorCode::kNotFound, "", "user id {} has no login name on this machine", uid);
    return std::string(entry.pw_name);
  }
}

bool runs_set_id() {
  return ::getuid() != ::geteuid() || ::getgid() != ::getegid();
}

void clean_environment() {
  if (!runs_set_id()) return;
  for (const char* name : {"SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "OPENSSL_CONF",
                           "OPENSSL_CONF_INCLUDE", "OPENSSL_ENGINES", "OPENSSL_MODULES", "CTLOG_FILE",
                           "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
                           "no_proxy", "all_proxy", "RES_OPTIONS", "LOCALDOMAIN", "HOSTALIASES"})
    ::unsetenv(name);
}

base::Status drop_privileges() {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  const bool was_set_id = runs_set_id();
  // The group first: without the user it could not be changed any more.
  if (::setresgid(gid, gid, gid) != 0) return base::fail_errno(errno, "giving up the lent group");
  if (::setresuid(uid, uid, uid) != 0) return base::fail_errno(errno, "giving up the lent user");
  uid_t real = 0, effective = 0, saved = 0;
  gid_t real_group = 0, effective_group = 0, saved_group = 0;
  if (::getresuid(&real, &effective, &saved) != 0 ||
      ::getresgid(&real_group, &effective_group, &saved_group) != 0)
    return base::fail_errno(errno, "checking the user");
  if (effective != uid || saved != uid || effective_group != gid || saved_group != gid)
    return base::fail(base::ErrorCode::kInternal, "", "the lent user or group could not be given up");
  // Secrets of the configuration are in memory now: no tracing, no core file.
  if (was_set_id) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  return {};
}

}  // namespace ceems::report
