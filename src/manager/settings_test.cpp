#include "manager/settings.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

base::Result<std::vector<ClusterSettings>> read(const std::string& text) {
  auto document = config::Document::parse(text, "config.yml");
  EXPECT_TRUE(document) << document.error().text();
  return read_clusters(document->root()["clusters"], "/etc/ceems");
}

void expect_error(const std::string& text, const std::string& part) {
  const auto clusters = read(text);
  ASSERT_FALSE(clusters) << text;
  EXPECT_NE(clusters.error().text().find(part), std::string::npos) << clusters.error().text();
}

TEST(ClusterSettings, ReadsACluster) {
  const auto clusters = read(R"(
clusters:
  - id: lab-1
    manager: generic
    updaters: [tsdb-0]
    cli: {path: /opt, environment_variables: {A: 1}}
    extra_config: {matchers: ['cluster="lab"']}
)");
  ASSERT_TRUE(clusters) << clusters.error().text();
  ASSERT_EQ(clusters->size(), 1U);
  const ClusterSettings& cluster = clusters->front();
  EXPECT_EQ(cluster.id, "lab-1");
  EXPECT_EQ(cluster.updaters, std::vector<std::string>{"tsdb-0"});
  EXPECT_EQ(cluster.cli.environment.at("A"), "1");
  EXPECT_EQ(cluster.generic.matchers, std::vector<std::string>{"cluster=\"lab\""});
}

TEST(ClusterSettings, ReadsASlurmCluster) {
  const auto clusters = read(R"(
clusters:
  - id: hpc
    manager: slurm
    cli: {path: /opt/slurm/bin, timeout: 90s}
    extra_config: {cluster: big, exact_memory: true}
  - id: other
    manager: slurm
)");
  ASSERT_TRUE(clusters) << clusters.error().text();
  EXPECT_EQ((*clusters)[0].cli.path, "/opt/slurm/bin");
  EXPECT_EQ((*clusters)[0].cli.timeout, std::chrono::seconds(90));
  EXPECT_EQ((*clusters)[0].slurm.cluster, "big");
  EXPECT_EQ((*clusters)[0].slurm.memory, MemoryReading::kExact);
  EXPECT_EQ((*clusters)[1].cli.timeout, std::chrono::minutes(5));
  EXPECT_EQ((*clusters)[1].slurm.memory, MemoryReading::kWhole);
}

TEST(ClusterSettings, ReadsAnOpenstackCluster) {
  const auto clusters = read(R"(
clusters:
  - id: cloud
    manager: openstack
    web: {timeout: 20s}
    extra_config:
      api_service_endpoints: {compute: 'https://cloud/compute/v2.1', identity: 'https://cloud/identity'}
      auth:
        identity:
          methods: [password]
          password: {user: {name: ceems, password: 12345, domain: {id: default}}}
        scope: {system: {all: true}}
)");
  ASSERT_TRUE(clusters) << clusters.error().text();
  const ClusterSettings& cluster = clusters->front();
  EXPECT_EQ(cluster.web_timeout, std::chrono::seconds(20));
  EXPECT_EQ(cluster.openstack.compute_url, "https://cloud/compute/v2.1");
  EXPECT_EQ(cluster.openstack.auth,
            R"({"identity":{"methods":["password"],"password":{"user":{"name":"ceems","password":"12345",)"
            R"("domain":{"id":"default"}}}},"scope":{"system":{"all":true}}})");
}

TEST(ClusterSettings, ReadsAKubernetesCluster) {
  const auto clusters = read(R"(
clusters:
  - id: one
    manager: k8s
  - id: two
    manager: k8s
    extra_config:
      kubeconfig_file: /etc/ceems/kubeconfig
      ns_users_list_file: /etc/ceems/users.yaml
      gpu_resource_names: [nvidia.com/mig-1g.5gb]
      username_annotations: [a, b]
      project_annotations: [c]
      memory_time_in_mib: true
)");
  ASSERT_TRUE(clusters) << clusters.error().text();
  EXPECT_EQ((*clusters)[0].kubernetes.gpu_resource_names,
            (std::vector<std::string>{"nvidia.com/gpu", "amd.com/gpu"}));
  EXPECT_EQ((*clusters)[0].kubernetes.username_annotations, std::vector<std::string>{"ceems.io/created-by"});
  const KubernetesSettings& two = (*clusters)[1].kubernetes;
  EXPECT_EQ(two.kubeconfig_file, "/etc/ceems/kubeconfig");
  EXPECT_EQ(two.gpu_resource_names, std::vector<std::string>{"nvidia.com/mig-1g.5gb"});
  EXPECT_EQ(two.username_annotations, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(two.memory_time_in_mib);
}

TEST(ClusterSettings, NamesWhatAnOpenstackClusterLacks) {
  expect_error("clusters: [{id: a, manager: openstack}]",
               "clusters[0]: extra_config.api_service_endpoints is missing");
  const std::string endpoints = "api_service_endpoints: {compute: 'http://a', identity: 'http://b'}";
  expect_error("clusters: [{id: a, manager: openstack, extra_config: {" + endpoints + "}}]",
               "clusters[0]: extra_config.auth.identity is missing");
  expect_error("clusters: [{id: a, manager: openstack, extra_config: {api_service_endpoints: {compute: x}}}]",
               "clusters[0].extra_config.api_service_endpoints.compute: is not a URL");
}

TEST(ClusterSettings, TakesNoClustersAtAll) {
  EXPECT_TRUE(read("other: 1")->empty());
}

TEST(ClusterSettings, NamesWhatIsWrong) {
  expect_error("clusters: [{id: a, manager: generic}, {id: a, manager: generic}]",
               "clusters[1].id: 'a' is used twice");
  expect_error("clusters: [{id: a, manager: nomad}]",
               "config.yml:1: clusters[0].manager: unknown manager 'nomad'");
  expect_error("clusters: [{id: a}]", "clusters[0]: manager is missing");
  expect_error("clusters: [{id: a b, manager: generic}]", "clusters[0].id: 'a b' may have only");
  expect_error("clusters: {id: a}", "clusters");
  expect_error("clusters: [{id: a, manager: generic, updaters: {x: y}}]", "clusters[0].updaters");
  expect_error("clusters: [{id: a, manager: generic, extra_config: {matchers: ['} or up{']}}]",
               "clusters[0].extra_config.matchers[0]: is not a label matcher");
  expect_error("clusters: [{id: a, manager: slurm, extra_config: {api_version: '40'}}]",
               "clusters[0].extra_config.api_version: is no version");
  expect_error("clusters: [{id: a, manager: slurm, cli: {timeout: soon}}]",
               "clusters[0].cli.timeout: is not");
  expect_error("clusters: [{id: a, manager: slurm, extra_config: {cluster: 'a b'}}]",
               "clusters[0].extra_config.cluster: is not the name");
}

}  // namespace
}  // namespace ceems::manager
