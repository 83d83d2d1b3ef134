#include "kube/pod_device_watch.h"

#include "base/protobuf_wire.h"
#include "kube/fake_kubelet_test.h"
#include "kube/http2_frames_test.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::kube {
namespace {

using namespace testing;
using std::chrono::milliseconds;

std::string bytes_field(std::uint32_t number, std::string_view bytes) {
  std::string out;
  base::append_bytes_field(out, number, bytes);
  return out;
}

std::string pod(std::string_view name, std::string_view device) {
  const std::string devices = bytes_field(2, bytes_field(1, "nvidia.com/gpu") + bytes_field(2, device));
  return bytes_field(1, bytes_field(1, name) + bytes_field(2, "lab") + bytes_field(3, devices));
}

std::string call_answer(const std::string& body) {
  return settings() + response_headers() + message(body) + trailers("0");
}

// An API server with these pods.
struct Cluster {
  std::string pods;
  int status = 200;
  int asked = 0;
  std::string last_url;
  std::mutex mutex;

  void set(const std::vector<std::pair<std::string, std::string>>& names_and_uids) {
    const std::lock_guard lock(mutex);
    pods.clear();
    for (const auto& [name, uid] : names_and_uids) {
      pods += pods.empty() ? "" : ",";
      pods += R"({"metadata":{"namespace":"lab","name":")" + name + R"(","uid":")" + uid + R"("}})";
    }
  }
  int times_asked() {
    const std::lock_guard lock(mutex);
    return asked;
  }
};

class Client final : public http::Client {
 public:
  explicit Client(Cluster& cluster) : cluster_(cluster) {}
  base::Result<http::Response> send(std::string_view url, http::Request /*request*/) override {
    const std::lock_guard lock(cluster_.mutex);
    ++cluster_.asked;
    cluster_.last_url = url;
    http::Response response;
    response.status = cluster_.status;
    response.body = R"({"items":[)" + cluster_.pods + "]}";
    return response;
  }
  void cancel() override {}

 private:
  Cluster& cluster_;
};

struct Watched {
  explicit Watched(milliseconds timeout = milliseconds(5'000)) {
    PodNamesOptions names;
    names.web.url = "http://api:6443";
    names.node = "n7";
    names.make_client = [this](const http::ClientOptions&) -> base::Result<std::unique_ptr<http::Client>> {
      return std::make_unique<Client>(cluster);
    };
    PodDeviceWatchOptions options;
    options.kubelet.socket = kubelet.socket();
    options.kubelet.timeout = timeout;
    options.names = *PodNames::create(std::move(names));
    options.interval = milliseconds(20);
    options.retry_first = milliseconds(10);
    watch = std::make_unique<PodDeviceWatch>(std::move(options), base::Logger());
  }
  template <class Condition>
  PodDeviceWatch::View until(Condition condition) const {
    while (true) {
      PodDeviceWatch::View view = watch->view();
      if (condition(view)) return view;
      std::this_thread::sleep_for(milliseconds(2));
    }
  }

  FakeKubelet kubelet;
  Cluster cluster;
  std::unique_ptr<PodDeviceWatch> watch;
};

bool has_pods(const PodDeviceWatch::View& view) {
  return view.list != nullptr && !view.list->by_uid.empty();
}

TEST(PodDeviceWatch, NamesThePodsThatHoldDevices) {
  Watched watched;
  watched.cluster.set({{"a", "uid-a"}, {"b", "uid-b"}});
  watched.kubelet.answer([](int) { return call_answer(pod("a", "GPU-1")); });
  watched.watch->follow({"uid-a", "uid-b"});
  const auto view = watched.until(has_pods);
  ASSERT_EQ(view.list->by_uid.size(), 1);
  EXPECT_EQ(view.list->by_uid.at("uid-a").front().names.front(), "GPU-1");
  EXPECT_EQ(view.unnamed, 0);
  EXPECT_FALSE(view.kubelet.failed);
  EXPECT_EQ(watched.cluster.last_url,
            "http://api:6443/api/v1/pods?limit=500&fieldSelector=spec.nodeName%3Dn7");
}

TEST(PodDeviceWatch, AsksTheClusterOnlyForNamesThatItLacks) {
  Watched watched;
  watched.cluster.set({{"a", "uid-a"}});
  watched.kubelet.answer([](int) { return call_answer(pod("a", "GPU-1")); });
  watched.watch->follow({"uid-a"});
  watched.until([](const auto& view) { return has_pods(view) && view.kubelet.asked > 5; });
  EXPECT_EQ(watched.cluster.times_asked(), 1);
  // Made anew under its old name.
  watched.cluster.set({{"a", "uid-2"}});
  watched.watch->follow({"uid-2"});
  const auto view =
      watched.until([](const auto& v) { return has_pods(v) && v.list->by_uid.contains("uid-2"); });
  EXPECT_GT(view.list->generation, 1);
}

TEST(PodDeviceWatch, KeepsWhatItKnowsWhileNobodyAnswers) {
  Watched watched(milliseconds(50));
  watched.cluster.set({{"a", "uid-a"}});
  watched.kubelet.answer([](int) { return call_answer(pod("a", "GPU-1")); });
  watched.watch->follow({"uid-a"});
  watched.until(has_pods);
  const std::vector<std::pair<std::string, bool>> answers = {
      {"", false},                                                 // ends at once
      {"", true},                                                  // hangs
      {"SSH-2.0-OpenSSH\r\n", true},                               // somebody else
      {settings() + go_away(0), true},                             //
      {settings() + response_headers() + reset(2), true},          //
      {settings() + response_headers() + message("\x0A"), false},  // cut
      {call_answer("\x0A\xFF"), false},                            // no message
  };
  for (const auto& [answer, keeps_open] : answers) {
    watched.kubelet.answer([answer](int) { return answer; }, keeps_open);
    const std::uint64_t before = watched.watch->view().kubelet.asked;
    const auto view =
        watched.until([&](const auto& v) { return v.kubelet.asked > before + 1 && v.kubelet.failed; });
    EXPECT_TRUE(has_pods(view));
  }
  watched.kubelet.answer([](int) { return call_answer(pod("a", "GPU-2")); });
  watched.until([](const auto& view) {
    return !view.kubelet.failed && view.list->by_uid.at("uid-a").front().names.front() == "GPU-2";
  });
}

TEST(PodDeviceWatch, SaysHowManyPodsNobodyKnows) {
  Watched watched;
  watched.cluster.status = 403;
  watched.kubelet.answer([](int) { return call_answer(pod("a", "GPU-1") + pod("b", "GPU-2")); });
  watched.watch->follow({"uid-a"});
  const auto view = watched.until([](const auto& v) { return v.api_server.failed; });
  EXPECT_EQ(view.unnamed, 2);
  EXPECT_TRUE(view.list->by_uid.empty());
}

TEST(PodDeviceWatch, IsNoFailureWithoutAKubelet) {
  PodDeviceWatchOptions options;
  options.kubelet.socket = "/nowhere/kubelet.sock";
  options.interval = milliseconds(1);
  PodDeviceWatch watch(std::move(options), base::Logger());
  watch.follow({});
  while (watch.view().kubelet.asked < 2)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_FALSE(watch.view().kubelet.failed);
  EXPECT_EQ(watch.view().list, nullptr);
}

TEST(PodDeviceWatch, EndsThoughTheKubeletHangs) {
  Watched watched(std::chrono::hours(1));
  watched.kubelet.answer([](int) { return std::string(); }, true);
  watched.watch->follow({"uid-a"});
  while (watched.kubelet.calls() == 0)
    std::this_thread::sleep_for(milliseconds(1));
  watched.watch->stop();
}

// v1 is not there, as in a kubelet before 1.20.
TEST(Kubelet, IsAskedByItsFormerServiceToo) {
  FakeKubelet kubelet;
  kubelet.answer([](int call) {
    if (call > 0) return call_answer(pod("a", "GPU-1"));
    return settings() + headers(field(":status", "200") + field("content-type", "application/grpc") +
                                    field("grpc-status", "12"),
                                true);
  });
  const auto pods = Kubelet({.socket = kubelet.socket()}).pods();
  ASSERT_TRUE(pods) << pods.error().text();
  EXPECT_EQ(pods->size(), 1);
  EXPECT_EQ(kubelet.calls(), 2);
}

TEST(Kubelet, SaysWhyItWasNotAnswered) {
  EXPECT_EQ(Kubelet({.socket = "/nowhere"}).pods().error().code, base::ErrorCode::kNoData);
  EXPECT_EQ(Kubelet({.socket = "/dev/null"}).pods().error().code, base::ErrorCode::kUnavailable);
  EXPECT_EQ(Kubelet({.socket = std::string(200, 'x')}).pods().error().code, base::ErrorCode::kInvalid);
  FakeKubelet kubelet;
  kubelet.answer([](int) { return std::string(); }, true);
  const auto late = Kubelet({.socket = kubelet.socket(), .timeout = milliseconds(20)}).pods();
  EXPECT_EQ(late.error().code, base::ErrorCode::kTimeout);
}

}  // namespace
}  // namespace ceems::kube
