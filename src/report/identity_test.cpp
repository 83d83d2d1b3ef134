#include "report/identity.h"

#include "base/forked_test.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

TEST(Identity, IsTheLoginNameOfTheRealUser) {
  ::setenv("USER", "somebody-else", 1);
  ::setenv("LOGNAME", "somebody-else", 1);
  const passwd* entry = ::getpwuid(::getuid());
  ASSERT_NE(entry, nullptr);
  const auto name = login_name();
  ASSERT_TRUE(name) << name.error().text();
  EXPECT_EQ(*name, entry->pw_name);
}

TEST(Identity, KeepsTheEnvironmentOfAnOrdinaryProgram) {
  ASSERT_FALSE(runs_set_id());
  ::setenv("SSL_CERT_FILE", "/x", 1);
  clean_environment();
  EXPECT_STREQ(::getenv("SSL_CERT_FILE"), "/x");
  ::unsetenv("SSL_CERT_FILE");
}

TEST(Identity, DropsNothingWhereNothingWasLent) {
  EXPECT_TRUE(drop_privileges());
}

// As if the program of user 65533 were installed set-user-id and set-group-id for 65532. Without root nothing
// can be lent, and the caller must stay who they are.
bool lend() {
  return ::setresgid(65533, 65532, 65532) == 0 && ::setresuid(65533, 65532, 65532) == 0;
}

TEST(Identity, GivesUpForGoodWhatWasLent) {
  const std::string answer = base::in_child([]() -> std::string {
    const bool lent = lend();
    if (lent != runs_set_id()) return "not noticed";
    if (const auto status = drop_privileges(); !status) return status.error().text();
    if (runs_set_id()) return "still lent";
    if (::geteuid() != 0 && (::seteuid(65532) == 0 || ::setegid(65532) == 0)) return "taken back";
    return lent ? std::to_string(::geteuid()) + ":" + std::to_string(::getegid()) : "nothing lent";
  });
  EXPECT_EQ(answer, ::geteuid() == 0 ? "65533:65533" : "nothing lent");
}

TEST(Identity, ClearsWhatSteersAProgramThatWasLentSomething) {
  const std::string answer = base::in_child([]() -> std::string {
    for (const char* name : {"SSL_CERT_FILE", "https_proxy", "SSLKEYLOGFILE", "TERM"})
      ::setenv(name, "x", 1);
    const bool lent = lend();
    clean_environment();
    std::string left;
    for (const char* name : {"SSL_CERT_FILE", "https_proxy", "SSLKEYLOGFILE", "TERM"})
      left += ::getenv(name) != nullptr ? "1" : "0";
    return lent ? left : "nothing lent";
  });
  EXPECT_EQ(answer, ::geteuid() == 0 ? "0001" : "nothing lent");
}

}  // namespace
}  // namespace ceems::report
