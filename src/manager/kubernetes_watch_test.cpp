#include "manager/kubernetes_watch.h"

#include "base/file.h"
#include "manager/fake_http.h"
#include "manager/kubernetes.h"

#include <deque>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kStart = 1'577'836'800'000;  // 2020-01-01

// An API server whose pods a test changes.
class KubernetesWatch : public testing::Test {
 protected:
  KubernetesWatch() {
    service_.answer = [this](const std::string& url, const http::Request&) { return answer(url); };
  }

  // A pod that a node took at that minute.
  static std::string pod(const std::string& uid, int minute, const std::string& phase = "Running",
                         int finished = -1, const std::string& version = "5") {
    const std::string state =
        finished < 0
            ? R"({"running":{}})"
            : fmt::format(R"({{"terminated":{{"finishedAt":"2020-01-01T00:{:02}:00Z"}}}})", finished);
    const std::string start =
        minute < 0 ? "" : fmt::format(R"("startTime":"2020-01-01T00:{:02}:00Z",)", minute);
    return fmt::format(R"({{"metadata":{{"name":"{0}","namespace":"ml","uid":"{0}","resourceVersion":"{1}",)"
                       R"("creationTimestamp":"2020-01-01T00:00:00Z"}},"spec":{{"containers":[]}},)"
                       R"("status":{{"phase":"{2}",{3}"containerStatuses":[{{"state":{4}}}]}}}})",
                       uid, version, phase, start, state);
  }
  static std::string event(const std::string& type, const std::string& object) {
    return fmt::format(R"({{"type":"{}","object":{}}})", type, object) + "\n";
  }

  http::Response answer(const std::string& url) {
    if (url.find("rolebindings") != std::string::npos)
      return json_response(R"({"metadata":{"resourceVersion":"1"},"items":[]})");
    if (url.find("watch=1") != std::string::npos) {
      if (watches_.empty()) return json_response("");
      http::Response next = watches_.front();
      watches_.pop_front();
      return next;
    }
    ++lists_;
    if (!odd_lists_.empty()) {
      http::Response next = odd_lists_.front();
      odd_lists_.pop_front();
      return next;
    }
    // A page has one pod.
    const std::size_t at = url.find("continue=");
    const std::size_t index = at == std::string::npos ? 0 : std::stoul(url.substr(at + 9));
    const std::string next = index + 1 < pods_.size() ? std::to_string(index + 1) : "";
    const std::string item = index < pods_.size() ? pods_[index] : "";
    return json_response(fmt::format(
        R"({{"metadata":{{"resourceVersion":"{}","continue":"{}"}},"items":[{}]}})", version_, next, item));
  }
  // To be called where the thread may ask at the same time.
  template <class Change>
  void change(Change what) {
    const std::lock_guard lock(service_.mutex);
    what();
  }

  PodWatch& watch() {
    if (!watch_) {
      config::HttpClientConfig web;
      web.url = "https://api:6443";
      auto rest = Rest::create({.web = web, .make_transport = transport_to(service_)});
      watch_ = std::make_unique<PodWatch>(*std::move(rest), WatchOptions{.watch = Milliseconds(1000),
                                                                         .retry = Milliseconds(5),
                                                                         .patience = Milliseconds(10'000)});
    }
    return *watch_;
  }
  // What is known once everything that was prepared has been told.
  std::map<std::string, WatchedPod> pods(TimePoint keep_since = {}) {
    for (bool told = false; !told;) {
      change([&] { told = watches_.empty() && odd_lists_.empty() && lists_ > 0; });
      if (!told) std::this_thread::sleep_for(Milliseconds(5));
    }
    // A watch is taken over after it was answered; the next one begins later.
    std::size_t before = 0;
    change([&] { before = service_.asked.size(); });
    for (std::size_t now = before; now <= before + 1;) {
      std::this_thread::sleep_for(Milliseconds(5));
      change([&] { now = service_.asked.size(); });
    }
    auto all = watch().pods(TimePoint(Milliseconds(kStart)), keep_since);
    EXPECT_TRUE(all) << all.error().text();
    std::map<std::string, WatchedPod> by_uid;
    for (WatchedPod& one : all.value_or(std::vector<WatchedPod>()))
      by_uid.emplace(one.pod.uid, one);
    return by_uid;
  }

  FakeService service_;
  std::vector<std::string> pods_;
  std::string version_ = "100";
  std::deque<http::Response> watches_;
  std::deque<http::Response> odd_lists_;
  int lists_ = 0;
  std::unique_ptr<PodWatch> watch_;
};

TEST_F(KubernetesWatch, ListsPageByPageAndGoesOnWithEvents) {
  pods_ = {pod("a", 1), pod("b", 2), pod("c", 3)};
  watches_ = {json_response(event("ADDED", pod("d", 4)) + event("MODIFIED", pod("a", 1, "Succeeded", 9)))};
  watch();
  const auto all = pods();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all.at("a").ended_ms, kStart + 9 * 60'000);
  EXPECT_EQ(all.at("b").ended_ms, 0);
  EXPECT_EQ(lists_, 3);
  EXPECT_EQ(service_.count("resourceVersion=100"), 1U);
  EXPECT_GE(service_.count("resourceVersion=5"), 1U);
}

TEST_F(KubernetesWatch, KnowsWhenADeletedPodEnded) {
  pods_ = {pod("a", 1), pod("b", 1), pod("w", -1, "Pending")};
  std::string due = pod("a", 1);
  due.insert(due.find("\"creationTimestamp\""), R"("deletionTimestamp":"2020-01-01T00:07:30Z",)");
  watches_ = {json_response(event("DELETED", due) + event("DELETED", pod("b", 1, "Running", 8)) +
                            event("DELETED", pod("w", -1, "Pending")))};
  watch();
  const auto all = pods();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at("a").ended_ms, kStart + 450'000);
  EXPECT_EQ(all.at("b").ended_ms, kStart + 480'000);
}

TEST_F(KubernetesWatch, StartsAnewWhenItsPlaceIsGone) {
  pods_ = {pod("a", 1)};
  watches_ = {json_response(event("ERROR", R"({"kind":"Status","code":410,"message":"too old"})")),
              json_response("{}", 410)};
  watch();
  EXPECT_EQ(pods().size(), 1U);
  EXPECT_EQ(lists_, 3);
}

TEST_F(KubernetesWatch, EndsWhatAListNoLongerHas) {
  pods_ = {pod("a", 1), pod("b", 1)};
  watch();
  EXPECT_EQ(pods().size(), 2U);
  change([&] {
    pods_ = {pod("b", 1)};
    watches_ = {json_response("", 410)};
  });
  const auto all = pods();
  EXPECT_GT(all.at("a").ended_ms, kStart);
  EXPECT_EQ(all.at("b").ended_ms, 0);
}

TEST_F(KubernetesWatch, LosesNothingToBadAnswers) {
  pods_ = {pod("a", 1)};
  const std::string whole = event("MODIFIED", pod("a", 1, "Succeeded", 9));
  odd_lists_ = {json_response("<html>"), json_response(""), json_response("{}", 500),
                json_response("{}", 401),
                json_response(R"({"metadata":{"resourceVersion":"1"},"items":[{}]})")};
  watches_ = {json_response("garbage"), json_response(whole.substr(0, 60)), json_response("{}", 401),
              json_response("{}", 503), json_response(whole)};
  watch();
  EXPECT_EQ(pods().at("a").ended_ms, kStart + 9 * 60'000);
}

TEST_F(KubernetesWatch, TellsOnceWhatTwoPagesHave) {
  pods_ = {pod("a", 1), pod("a", 1), pod("b", 2)};
  watch();
  EXPECT_EQ(pods().size(), 2U);
}

TEST_F(KubernetesWatch, LosesNothingWhileItsTokenIsRefused) {
  pods_ = {pod("a", 1)};
  watches_ = {json_response(event("ADDED", pod("b", 2))), json_response("{}", 401), json_response("{}", 401),
              json_response(event("MODIFIED", pod("b", 2, "Failed", 9)))};
  watch();
  const auto all = pods();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at("b").ended_ms, kStart + 9 * 60'000);
  EXPECT_EQ(lists_, 1);
}

TEST_F(KubernetesWatch, BelievesAnEmptyListWhenItIsToldTwice) {
  pods_ = {pod("a", 1)};
  watch();
  EXPECT_EQ(pods().at("a").ended_ms, 0);
  change([&] {
    odd_lists_ = {json_response(R"({"metadata":{"resourceVersion":"9"},"items":[]})")};
    watches_ = {json_response("", 410)};
  });
  EXPECT_EQ(pods().at("a").ended_ms, 0);
  change([&] {
    pods_.clear();
    watches_ = {json_response("", 410)};
  });
  EXPECT_GT(pods().at("a").ended_ms, 0);
}

TEST_F(KubernetesWatch, KeepsWhatEndedUntilThatIsDone) {
  pods_ = {pod("a", 1, "Succeeded", 9)};
  watch();
  const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());
  EXPECT_EQ(pods(now - std::chrono::hours(2)).size(), 1U);
  EXPECT_EQ(pods(now + std::chrono::hours(2)).size(), 0U);
}

TEST_F(KubernetesWatch, SaysWhyItDoesNotKnow) {
  odd_lists_ = std::deque<http::Response>(10'000, json_response("forbidden: pods", 403));
  config::HttpClientConfig web;
  web.url = "https://api:6443";
  PodWatch impatient(*Rest::create({.web = web, .make_transport = transport_to(service_)}),
                     {.retry = Milliseconds(5), .pace = Milliseconds(5), .patience = Milliseconds(50)});
  const auto all = impatient.pods(TimePoint(Milliseconds(kStart)), {});
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().code, base::ErrorCode::kPermission);
  EXPECT_EQ(all.error().text(), "https://api:6443/api/v1/pods: answered 403 Forbidden: forbidden: pods");
  impatient.cancel();
  EXPECT_EQ(impatient.pods(TimePoint(Milliseconds(kStart)), {}).error().code, base::ErrorCode::kCancelled);
}

TEST_F(KubernetesWatch, TellsUnitsOfAWindow) {
  pods_ = {pod("a", 10), pod("b", 20, "Failed", 50), pod("late", 0, "Succeeded", 1), pod("w", -1, "Pending")};
  const std::string file = testing::TempDir() + "/ceems-kubeconfig.yaml";
  ASSERT_TRUE(base::write_file_atomically(file,
                                          "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
                                          "clusters: [{name: c, cluster: {server: 'https://api:6443'}}]\n",
                                          0600));
  ClusterSettings settings;
  settings.kubernetes.kubeconfig_file = file;
  settings.kubernetes.ns_users_list_file = "";
  auto manager = make_kubernetes_manager(settings, transport_to(service_));
  ASSERT_TRUE(manager) << manager.error().text();
  std::remove(file.c_str());
  const auto at = [](int minute) { return TimePoint(Milliseconds(kStart + minute * 60'000)); };
  const auto units =
      (*manager)->fetch_units({.start = at(30), .end = at(90), .horizon = at(30), .known_until = at(90)}, {});
  ASSERT_TRUE(units) << units.error().text();
  ASSERT_EQ(units->size(), 2U);
  EXPECT_EQ((*units)[0].resource_manager, "k8s");
  EXPECT_EQ((*units)[0].time.walltime, 3600);
  EXPECT_EQ((*units)[1].time.walltime, 1200);
  EXPECT_EQ((*units)[1].state, "Failed");
  const auto membership = (*manager)->fetch_membership({});
  ASSERT_TRUE(membership);
  EXPECT_EQ(membership->users.front().name, "ml:svc");
}

}  // namespace
}  // namespace ceems::manager
