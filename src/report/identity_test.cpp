#include "report/identity.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

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

}  // namespace
}  // namespace ceems::report
