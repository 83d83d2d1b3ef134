#include "program/privileges.h"

#include "config/http_client.h"

#include <unistd.h>

#include <gtest/gtest.h>

namespace ceems::program {
namespace {

TEST(Privileges, TakeNothingAndKeepEverythingWhereTheyAreNotDropped) {
  SecurityOptions options;
  options.run_as_user = "no-such-user";
  options.drop_privileges = false;
  FileNeeds needs;
  needs.paths.push_back({"/no/such/file", R_OK});
  auto privileges = Privileges::prepare(options, needs);
  ASSERT_TRUE(privileges) << privileges.error().text();
  EXPECT_FALSE(privileges->file_access());
  const auto missing = privileges->drop();
  ASSERT_TRUE(missing) << missing.error().text();
  EXPECT_TRUE(missing->empty());
  EXPECT_EQ(final_user(options)->uid, ::geteuid());
}

TEST(Privileges, NameAUserWhoDoesNotExist) {
  SecurityOptions options;
  options.run_as_user = "no-such-user";
  const auto privileges = Privileges::prepare(options, {});
  // Only root becomes somebody else.
  ASSERT_EQ(privileges.has_value(), ::geteuid() != 0);
  if (!privileges) {
    EXPECT_NE(privileges.error().text().find("no-such-user"), std::string::npos);
  }
}

TEST(Privileges, ReadingSecretsOfAClientIsANeed) {
  config::HttpClientConfig client;
  client.basic_password.file = "/etc/secret";
  std::vector<base::PathNeed> needs;
  add_files(needs, client);
  ASSERT_EQ(needs.size(), 1U);
  EXPECT_EQ(needs[0].path, "/etc/secret");
  EXPECT_EQ(needs[0].mode, R_OK);
}

}  // namespace
}  // namespace ceems::program
