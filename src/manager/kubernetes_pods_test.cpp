#include "manager/kubernetes_pods.h"

#include "base/file.h"
#include "manager/kubernetes_members.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'893'456'000'000;  // 2030-01-01

std::string data(const std::string& name) {
  return *base::read_file(std::string(CEEMS_TEST_DATA) + "/kubernetes/" + name);
}

KubernetesSettings settings() {
  KubernetesSettings made;
  made.project_annotations = {"site/none", "site/project"};
  return made;
}

TEST(KubernetesPods, TellWhatAPodIs) {
  const auto page = parse_pods(data("pods.json"));
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->resource_version, "2947301");
  EXPECT_EQ(page->next, "ENCODED");
  ASSERT_EQ(page->items.size(), 2U);
  const auto run = run_of(page->items[0], 0, settings());
  EXPECT_EQ(run.id, "5f1d8ac7-3c6f-4b51-9a30-2a3cbf3e4d1f");
  EXPECT_EQ(run.name, "train-0");
  EXPECT_EQ(run.user, "ann");
  EXPECT_EQ(run.project, "deep");
  EXPECT_EQ(run.start_ms, kStart + 5'000);
  EXPECT_EQ(run.state, "Running/ContainersNotReady");
  EXPECT_EQ(run.cpus, 2);
  EXPECT_EQ(run.gpus, 3);
  EXPECT_EQ(run.memory, 1536.0 * 1048576);
  EXPECT_EQ(run.allocation, R"({"nvidia.com/gpu":3,"mem":1610612736,"vcpus":2})");
  EXPECT_EQ(run.tags,
            R"({"annotations":{"ceems.io/created-by":"ann","site/project":"deep"},"labels":{"app":"train"},)"
            R"("qos":"Guaranteed"})");
}

TEST(KubernetesPods, EndWithTheLastOfTheirContainers) {
  const auto page = parse_pods(data("pods.json"));
  EXPECT_EQ(page->items[0].finished_ms, 0);
  EXPECT_EQ(page->items[1].finished_ms, kStart + 1'202'000);
  const auto run = run_of(page->items[1], page->items[1].finished_ms, settings());
  // Who is a service account is nobody's user.
  EXPECT_EQ(run.user, "bio:svc");
  EXPECT_EQ(run.state, "Succeeded");
  EXPECT_EQ(run.running_state, "Running/Ready");
  EXPECT_EQ(run.allocation, R"({"mem":1,"vcpus":0.001})");
}

TEST(KubernetesPods, CountMemoryInMebibytesWhereTheSiteWantsThat) {
  KubernetesSettings mebibytes = settings();
  mebibytes.memory_time_in_mib = true;
  EXPECT_EQ(run_of(parse_pods(data("pods.json"))->items[0], 0, mebibytes).memory, 1536);
}

TEST(KubernetesPods, GoByTheLimitsOfThePodItself) {
  const auto page = parse_pods(
      R"({"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"uid":"u","namespace":"n"},"spec":{)"
      R"("resources":{"limits":{"cpu":3,"memory":"100"}},"containers":[{"resources":{"limits":)"
      R"({"cpu":"9","amd.com/gpu":"1"}}}]}}]})");
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->items[0].cpus, 3);
  EXPECT_EQ(page->items[0].memory_bytes, 100);
  EXPECT_EQ(page->items[0].devices.at("amd.com/gpu"), 1);
}

TEST(KubernetesPods, TakeAnnotationsInTheirOrder) {
  KubernetesSettings two = settings();
  two.username_annotations = {"first", "second"};
  KubePod pod;
  pod.name_space = "ns";
  pod.annotations = {{"second", "bob"}};
  EXPECT_EQ(owner_of(pod, two), NamespaceUser("ns", "bob"));
  pod.annotations["first"] = "ann";
  EXPECT_EQ(owner_of(pod, two), NamespaceUser("ns", "ann"));
  pod.annotations["first"] = "system:serviceaccount:x:y";
  EXPECT_EQ(owner_of(pod, two), NamespaceUser("ns", "bob"));
}

TEST(KubernetesPods, ReadQuantities) {
  EXPECT_EQ(parse_quantity("100m"), 0.1);
  EXPECT_EQ(parse_quantity("1Gi"), 1073741824);
  EXPECT_EQ(parse_quantity("1.5k"), 1500);
  EXPECT_EQ(parse_quantity("1e3"), 1000);
  EXPECT_EQ(parse_quantity("2E"), 2e18);
  EXPECT_EQ(parse_quantity("0"), 0);
  for (const char* text : {"", "m", "-1", "x", "1 Gi", "1GiB", "nan", "inf", "1e400"})
    EXPECT_FALSE(parse_quantity(text)) << text;
}

TEST(KubernetesPods, ReadTheEventsOfAWatch) {
  const auto events = parse_pod_events(data("events.jsonl"));
  ASSERT_TRUE(events) << events.error().text();
  ASSERT_EQ(events->size(), 3U);
  EXPECT_EQ((*events)[0].kind, PodEvent::Kind::kThere);
  EXPECT_EQ((*events)[1].kind, PodEvent::Kind::kDeleted);
  EXPECT_EQ((*events)[1].pod.deleted_ms, kStart + 30'000);
  EXPECT_EQ((*events)[2].kind, PodEvent::Kind::kBookmark);
  EXPECT_EQ((*events)[2].resource_version, "20");
}

TEST(KubernetesPods, SayThatTheirPlaceInHistoryIsGone) {
  const auto events = parse_pod_events(
      R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old resource version"}})");
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code, base::ErrorCode::kGone);
}

TEST(KubernetesPods, RefuseWhatIsNoAnswer) {
  for (const char* text :
       {"", "{}", "<html>", R"({"items":[]})", R"({"items":[7],"metadata":{"resourceVersion":"1"}})",
        R"({"items":[{"metadata":{"uid":"u"}}],"metadata":{"resourceVersion":"1"}})"})
    EXPECT_FALSE(parse_pods(text)) << text;
  EXPECT_FALSE(parse_pods(data("pods.json").substr(0, 900)));
  EXPECT_FALSE(parse_pod_events(data("events.jsonl").substr(0, 300)));
  EXPECT_FALSE(parse_pod_events(R"({"type":"ADDED"})"));
  EXPECT_FALSE(parse_pod_events(R"({"type":"SURPRISE","object":{"metadata":{"resourceVersion":"1"}}})"));
}

TEST(KubernetesPods, ReadRoleBindings) {
  const auto page = parse_role_bindings(data("rolebindings.json"));
  ASSERT_TRUE(page) << page.error().text();
  EXPECT_EQ(page->items, std::vector<NamespaceUser>({{"ml", "bob"}}));
}

TEST(KubernetesMembers, KeepWhatCannotBeReadThisTime) {
  const std::string file = testing::TempDir() + "/ceems-users.yaml";
  ASSERT_TRUE(base::write_file_atomically(file, "users:\n  ml: [ann]\n  bio: [ann, cid]\n", 0600));
  KubernetesMembers members(file);
  members.saw({"ml", "ml:svc"});
  auto all = members.membership(std::set<NamespaceUser>{{"ml", "bob"}});
  EXPECT_TRUE(all.complete);
  ASSERT_EQ(all.projects.size(), 2U);
  EXPECT_EQ(all.projects[1].belongs_to, (std::vector<std::string>{"ann", "bob", "ml:svc"}));
  EXPECT_EQ(all.users[0].belongs_to, (std::vector<std::string>{"bio", "ml"}));
  ASSERT_TRUE(base::write_file_atomically(file, "users: [", 0600));
  all = members.membership(base::fail(base::ErrorCode::kPermission, "u", "answered 403"));
  EXPECT_EQ(all.projects[1].belongs_to, (std::vector<std::string>{"ann", "bob", "ml:svc"}));
  std::remove(file.c_str());
  all = members.membership(std::set<NamespaceUser>());
  EXPECT_EQ(all.projects.size(), 1U);
  // Without role bindings nobody is removed.
  EXPECT_FALSE(
      KubernetesMembers("").membership(base::fail(base::ErrorCode::kPermission, "u", "no")).complete);
}

}  // namespace
}  // namespace ceems::manager
