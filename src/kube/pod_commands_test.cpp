#include "kube/pod_commands.h"

#include "http/websocket.h"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::kube {
namespace {

using namespace std::string_literals;
using base::ErrorCode;

constexpr std::string_view kSuccess = R"({"metadata":{},"status":"Success"})";

config::HttpClientConfig server(const std::string& url) {
  config::HttpClientConfig web;
  web.url = url;
  return web;
}

std::string pod(const std::string& name) {
  return R"({"metadata":{"name":")" + name +
         R"(","namespace":"gpus"},"spec":{"nodeName":"n1"},"status":{"phase":"Running",)"
         R"("containerStatuses":[{"name":"main","ready":true}]}})";
}

// A frame of a server.
std::string frame(std::string_view payload, char kind = '\x82') {
  return std::string{kind, static_cast<char>(payload.size())} + std::string(payload);
}

struct Script {
  int list_status = 200;
  std::string list = R"({"items":[]})";
  // What each request to run something is answered: a status and a body, or of 101 the bytes that follow.
  std::deque<std::pair<int, std::string>> answers;
  std::vector<std::string> asked;
};

class ScriptedStream final : public http::Stream {
 public:
  explicit ScriptedStream(std::string bytes) : bytes_(std::move(bytes)) {}
  base::Result<std::string> read(Deadline /*deadline*/) override { return std::exchange(bytes_, {}); }
  base::Status write(std::string_view /*bytes*/, Deadline /*deadline*/) override { return {}; }

 private:
  std::string bytes_;
};

class ScriptedClient final : public http::Client {
 public:
  explicit ScriptedClient(Script& script) : script_(script) {}

  base::Result<http::Response> send(std::string_view url, http::Request /*request*/) override {
    script_.asked.emplace_back(url);
    http::Response response;
    response.status = script_.list_status;
    response.body = script_.list;
    return response;
  }
  base::Result<http::Switched> switch_protocol(std::string_view url, http::Request request) override {
    script_.asked.emplace_back(url);
    if (script_.answers.empty()) return base::fail(ErrorCode::kUnavailable, "", "nobody there");
    auto [status, bytes] = std::move(script_.answers.front());
    script_.answers.pop_front();
    http::Switched switched;
    switched.response.status = status;
    if (status != 101) {
      switched.response.body = std::move(bytes);
      return switched;
    }
    http::Fields& fields = switched.response.fields;
    fields.add("Upgrade", "websocket");
    fields.add("Connection", "Upgrade");
    fields.add("Sec-WebSocket-Accept", http::websocket_accept(*request.fields.find("Sec-WebSocket-Key")));
    fields.add("Sec-WebSocket-Protocol", "v4.channel.k8s.io");
    switched.stream = std::make_unique<ScriptedStream>(std::move(bytes));
    return switched;
  }
  void cancel() override {}

 private:
  Script& script_;
};

class PodCommand : public testing::Test {
 protected:
  base::Result<PodRun> run() {
    auto commands = PodCommands::create(
        {.web = server("https://api:6443/"),
         .node = "n1",
         .make_client = [&](http::ClientOptions) -> base::Result<std::unique_ptr<http::Client>> {
           return std::make_unique<ScriptedClient>(script_);
         }});
    return (*commands)->run({.labels = "app=gfd", .container = "main"}, {"nvidia-smi", "--query & more"}, {});
  }
  base::Error failure() {
    const auto outcome = run();
    EXPECT_FALSE(outcome);
    return outcome ? base::Error{} : outcome.error();
  }
  Script script_;
};

TEST_F(PodCommand, RunsInThePodThatIsFound) {
  script_.list = R"({"items":[)" + pod("a") + "," + pod("b") + "]}";
  script_.answers = {{101, frame("\1") +
                               frame("\1"
                                     "12") +
                               frame("\1"
                                     "3") +
                               frame("\3" + std::string(kSuccess))}};
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(outcome->where, (ContainerName{"gpus", "a", "main"}));
  EXPECT_EQ(outcome->result.output, "123");
  EXPECT_EQ(script_.asked,
            (std::vector<std::string>{
                "https://api:6443/api/v1/pods?limit=16&labelSelector=app%3Dgfd&fieldSelector="
                "spec.nodeName%3Dn1%2Cstatus.phase%3DRunning",
                "https://api:6443/api/v1/namespaces/gpus/pods/a/exec?container=main&stdout=true&stderr=true"
                "&command=nvidia-smi&command=--query%20%26%20more"}));
}

TEST_F(PodCommand, GoesToTheNextPodWhereOneHasGone) {
  script_.list = R"({"items":[)" + pod("a") + "," + pod("b") + "]}";
  script_.answers = {{404, R"({"reason":"NotFound"})"}, {101, frame("\3" + std::string(kSuccess))}};
  const auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().text();
  EXPECT_EQ(outcome->where.pod, "b");
}

TEST_F(PodCommand, SaysWhatIsMissing) {
  const base::Error none = failure();
  EXPECT_EQ(none.code, ErrorCode::kNotFound);
  EXPECT_EQ(none.text(), "pods with app=gfd on node n1: none whose container main is ready");
  script_.list_status = 403;
  script_.list = R"({"reason":"Forbidden","message":"pods is forbidden"})";
  const base::Error refused = failure();
  EXPECT_EQ(refused.code, ErrorCode::kPermission);
  EXPECT_EQ(refused.message, "the API server answered with status 403: Forbidden: pods is forbidden");
}

TEST_F(PodCommand, TellsWhereAndWhyItFailed) {
  struct Case {
    std::pair<int, std::string> answer;
    ErrorCode code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {{403, R"({"reason":"Forbidden","message":"cannot create pods/exec"})"},
       ErrorCode::kPermission,
       "the API server answered with status 403: Forbidden: cannot create pods/exec"},
      {{404, "gone"}, ErrorCode::kGone, "the API server answered with status 404"},
      {{500, ""}, ErrorCode::kUnavailable, "the API server answered with status 500"},
      {{101, frame("\1"
                   "half")},
       ErrorCode::kUnavailable,
       "the connection ended in the middle of a WebSocket"},
      {{101, frame("\3\xf3 gone", '\x88')},
       ErrorCode::kUnavailable,
       "the connection was closed before it was told how the program ended: code 1011,  gone"},
      {{101, frame("", '\x88')},
       ErrorCode::kUnavailable,
       "the connection was closed before it was told how the program ended: code 1005"},
      {{101, frame("text", '\x81')}, ErrorCode::kInvalid, "a message of text where bytes are expected"},
      {{101, "\x82\x81masked"},
       ErrorCode::kInvalid,
       "not the WebSocket protocol: a frame of the server is masked"},
      {{101, "\x82\x7f\x00\x00\x00\x00\x40\x00\x00\x00"s},
       ErrorCode::kTooLarge,
       "a message of more than 1048576 bytes"},
      {{101, frame(R"({"status":"Failure","reason":"InternalError"})")},
       ErrorCode::kUnavailable,
       "the connection ended in the middle of a WebSocket"},
      {{101, frame("\3"
                   R"({"status":"Failure","reason":"InternalError"})")},
       ErrorCode::kUnavailable,
       "could not be run: InternalError"},
  };
  for (const Case& one : cases) {
    script_.list = R"({"items":[)" + pod("a") + "]}";
    script_.answers = {one.answer};
    const base::Error error = failure();
    EXPECT_EQ(error.message, one.message);
    EXPECT_EQ(error.code, one.code) << one.message;
    EXPECT_EQ(error.subject, "'nvidia-smi --query & more' in container main of pod gpus/a");
  }
}

TEST(PodCommands, WantTheNodesName) {
  EXPECT_EQ(PodCommands::create({.web = server("https://api"), .node = "", .make_client = {}}).error().code,
            ErrorCode::kInvalid);
}

TEST(PodQueries, AreLabelsAndAContainer) {
  const auto query = PodQuery::parse("app.kubernetes.io/name=a,b in (c,d):main");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->labels, "app.kubernetes.io/name=a,b in (c,d)");
  EXPECT_EQ(query->container, "main");
  for (const char* text : {"", "a", ":a", "a:", "a:b:c"}) {
    EXPECT_FALSE(PodQuery::parse(text)) << text;
  }
}

}  // namespace
}  // namespace ceems::kube
