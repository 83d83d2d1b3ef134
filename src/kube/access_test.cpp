#include "kube/access.h"

#include "base/file.h"

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::kube {
namespace {

std::string data(const std::string& name) {
  return base::read_file(std::string(CEEMS_TEST_DATA) + "/" + name).value_or("");
}

TEST(KubernetesAccess, ReadsAKubeconfig) {
  const auto access = parse_kubeconfig(data("kubeconfig.yaml"), "kubeconfig", "/etc/ceems");
  ASSERT_TRUE(access) << access.error().text();
  EXPECT_FALSE(access->exec);
  const config::HttpClientConfig* web = &access->web;
  EXPECT_EQ(web->url, "https://api.lab.example:6443");
  EXPECT_EQ(web->tls.ca, "-----BEGIN");
  EXPECT_EQ(web->authorization_type, "Bearer");
  EXPECT_EQ(web->authorization_credentials.file, "/etc/ceems/ceems.token");
}

TEST(KubernetesAccess, NamesWhatIsWrong) {
  const std::string head = "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{}", "current-context is missing"},
      {"current-context: a", "there is no context 'a'"},
      {head + "clusters: []", "there is no cluster 'c'"},
      {head + "clusters: [{name: c, cluster: {}}]", "server is missing"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x'}}]", "there is no user 'u'"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x', certificate-authority-data: '*'}}]",
       "base64"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: "
              "{auth-provider: {}}}]",
       "not supported"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: "
              "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1alpha1}}}]",
       "apiVersion has to be"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: "
              "{exec: {apiVersion: client.authentication.k8s.io/v1}}}]",
       "command is missing"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: "
              "{exec: {command: a, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}}}]",
       "nobody is there"},
      {head + "clusters: [{name: c, cluster: {server: 'http://x'}}]\nusers: [{name: u, user: "
              "{client-key: a}}]",
       "belong together"}};
  for (const auto& [text, part] : cases) {
    const auto web = parse_kubeconfig(text, "kubeconfig", "/");
    ASSERT_FALSE(web) << text;
    EXPECT_NE(web.error().text().find(part), std::string::npos) << web.error().text();
  }
}

TEST(KubernetesAccess, TellsTheProgramThatMakesCredentials) {
  const auto access = parse_kubeconfig(data("kubeconfig-exec.yaml"), "kubeconfig", "/etc/ceems");
  ASSERT_TRUE(access) << access.error().text();
  ASSERT_TRUE(access->exec);
  EXPECT_EQ(access->exec->command, "/etc/ceems/bin/cloud-login");
  EXPECT_EQ(access->exec->arguments, (std::vector<std::string>{"token", "--cluster=lab"}));
  EXPECT_EQ(access->exec->environment, std::vector<std::string>{"CLOUD_PROFILE=site=a"});
  EXPECT_EQ(exec_info(*access->exec),
            R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":)"
            R"({"server":"https://api.lab.example:6443","certificate-authority-data":"LS0tLS1CRUdJTg=="},)"
            R"("interactive":false}})");
}

TEST(KubernetesAccess, IsThatOfAPodWithoutAKubeconfig) {
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  EXPECT_FALSE(in_cluster_access());
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  ::setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
  const auto access = find_access("");
  ASSERT_TRUE(access) << access.error().text();
  EXPECT_FALSE(access->exec);
  const config::HttpClientConfig* web = &access->web;
  EXPECT_EQ(web->url, "https://[fd00::1]:6443");
  EXPECT_EQ(web->authorization_credentials.file, "/var/run/secrets/kubernetes.io/serviceaccount/token");
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  ::unsetenv("KUBERNETES_SERVICE_PORT");
}

}  // namespace
}  // namespace ceems::kube
