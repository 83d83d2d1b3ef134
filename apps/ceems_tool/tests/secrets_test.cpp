#include "secrets.h"

#include "config/web_config.h"

#include <crypt.h>

#include <algorithm>
#include <cctype>
#include <set>

#include <gtest/gtest.h>

namespace ceems::tool {
namespace {

TEST(Secrets, PasswordsAreLettersAndDigitsOfTheAskedLength) {
  const std::string password = random_password(1000).value();
  EXPECT_EQ(password.size(), 1000U);
  EXPECT_TRUE(std::ranges::all_of(password, [](unsigned char c) { return std::isalnum(c) != 0; }));
  // All 62 characters turn up: to miss one in 1000 draws happens once in 100,000 runs per character.
  EXPECT_GE(std::set<char>(password.begin(), password.end()).size(), 60U);
  EXPECT_EQ(random_password(0), "");
}

TEST(Secrets, PasswordsDiffer) {
  EXPECT_NE(random_password(24).value(), random_password(24).value());
}

TEST(Secrets, HashesVerifyAndAreSalted) {
  const std::string hash = bcrypt_hash("secret", 4).value();
  EXPECT_TRUE(hash.starts_with("$2b$04$"));
  EXPECT_TRUE(config::check_bcrypt_hash(hash));
  crypt_data data{};
  EXPECT_EQ(std::string(::crypt_r("secret", hash.c_str(), &data)), hash);
  EXPECT_NE(std::string(::crypt_r("Secret", hash.c_str(), &data)), hash);
  EXPECT_NE(bcrypt_hash("secret", 4).value(), hash);
}

TEST(Secrets, AnImpossibleCostIsAnError) {
  EXPECT_FALSE(bcrypt_hash("secret", 99));
}

}  // namespace
}  // namespace ceems::tool
