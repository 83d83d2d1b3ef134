#include "report/client_config.h"

#include "base/file.h"
#include "base/temporary_directory_test.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace ceems::report {
namespace {

class ClientConfigFile : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    std::string path = directory_ + "/" + name;
    EXPECT_TRUE(base::write_file_atomically(path, text, 0600));
    return path;
  }

  const base::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path();
};

TEST_F(ClientConfigFile, IsTheFirstOfTheNames) {
  EXPECT_FALSE(find_config(directory_));
  write("cacct.yml", "");
  EXPECT_EQ(*find_config(directory_), directory_ + "/cacct.yml");
  write("config.yaml", "");
  EXPECT_EQ(*find_config(directory_), directory_ + "/config.yaml");
  write("config.yml", "");
  EXPECT_EQ(*find_config(directory_), directory_ + "/config.yml");
  EXPECT_FALSE(find_config(""));
}

TEST_F(ClientConfigFile, IsSharedWithOtherPrograms) {
  const auto config = load_config(write("config.yml", R"(
ceems_api_server:
  data: {path: /var/lib/ceems}
  cluster_id: hpc
  web: {url: "http://api:9020"}
clusters: [{id: hpc}]
)"));
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->cluster_id, "hpc");
  EXPECT_EQ(config->user_header, "X-Grafana-User");
  EXPECT_EQ(config->web.url, "http://api:9020");
}

TEST_F(ClientConfigFile, NeedsTheServersUrl) {
  for (const char* text :
       {"", "tsdb: {}", "ceems_api_server: {}", "ceems_api_server: {web: {}}", "ceems_api_server: 7",
        "ceems_api_server: [", "ceems_api_server: {web: {url: [1]}}"}) {
    const auto config = load_config(write("config.yml", text));
    ASSERT_FALSE(config) << text;
    EXPECT_NE(config.error().text().find("config.yml"), std::string::npos) << config.error().text();
  }
}

TEST_F(ClientConfigFile, NamesAKeyThatNobodyKnows) {
  const auto unknown =
      check_config(write("config.yml", "ceems_api_server:\n  web:\n    url: http://a\n    ulr: b\n"));
  ASSERT_TRUE(unknown) << unknown.error().text();
  ASSERT_EQ(unknown->size(), 1u);
  EXPECT_NE(unknown->front().find(":4:"), std::string::npos) << unknown->front();
}

TEST_F(ClientConfigFile, LeavesNoSecretToBeReadLater) {
  write("secret", "hunter2\n");
  write("ca.pem", "CERTIFICATE");
  auto config = load_config(write("config.yml", R"(
ceems_api_server:
  web:
    url: https://api:9020
    basic_auth: {username: cacct, password_file: secret}
    tls_config: {ca_file: ca.pem}
)"));
  ASSERT_TRUE(config) << config.error().text();
  ASSERT_TRUE(read_secret_files(config->web));
  std::filesystem::remove(directory_ + "/secret");
  EXPECT_EQ(*config->web.basic_password.read(), "hunter2");
  EXPECT_EQ(config->web.tls.ca, "CERTIFICATE");
  EXPECT_EQ(config->web.tls.ca_file, "");
}

TEST_F(ClientConfigFile, OfAUserIsWhereXdgSays) {
  ::setenv("XDG_CONFIG_HOME", "/x", 1);
  ::setenv("HOME", "/home/ann", 1);
  EXPECT_EQ(user_config_directory(), "/x/ceems");
  ::unsetenv("XDG_CONFIG_HOME");
  EXPECT_EQ(user_config_directory(), "/home/ann/.config/ceems");
}

}  // namespace
}  // namespace ceems::report
