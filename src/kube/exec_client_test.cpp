#include "kube/exec_client.h"

#include "base/file.h"
#include "kube/exec_credential.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::kube {
namespace {

constexpr std::string_view kVersion = "client.authentication.k8s.io/v1";

std::string credential(const std::string& status) {
  return fmt::format(R"({{"kind":"ExecCredential","apiVersion":"{}","status":{{{}}}}})", kVersion, status);
}

TEST(ExecCredentials, TellATokenACertificateAndTheirEnd) {
  const auto made = parse_exec_credential(
      credential(R"("token":"t","expirationTimestamp":"1970-01-01T00:00:07Z","clientCertificateData":"c",)"
                 R"("clientKeyData":"k")"),
      kVersion);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(*made, (ExecCredential{.token = "t", .certificate = "c", .key = "k", .expires_ms = 7'000}));
  EXPECT_EQ(parse_exec_credential(credential(R"("token":"t")"), kVersion)->expires_ms, 0);
}

TEST(ExecCredentials, RefuseWhatIsNone) {
  const std::vector<std::string> cases = {
      "",
      "<html>",
      "[]",
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"})",
      R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"t"}})",
      R"({"kind":"Status","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"t"}})",
      credential(""),
      credential(R"("token":7)"),
      credential(R"("token":"a\r\nHost: b")"),
      credential(R"("token":"t","expirationTimestamp":"tomorrow")"),
      credential(R"("clientCertificateData":"c")"),
      credential(R"("token":"t","clientKeyData":"k")"),
      credential(R"("token":"t")").substr(0, 60)};
  for (const std::string& text : cases) {
    EXPECT_FALSE(parse_exec_credential(text, kVersion)) << text;
  }
}

// A program that a test writes, and a server that knows which token is good.
class ExecClient : public testing::Test {
 protected:
  ExecClient() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-exec-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    program_.api_version = kVersion;
    program_.command = directory_ + "/login";
    program_.environment = {"COUNT=" + directory_ + "/count"};
  }
  ~ExecClient() override { std::filesystem::remove_all(directory_); }

  // The program notes each run and goes on with `script`.
  void write_program(const std::string& script) const {
    std::ofstream(program_.command) << "#!/bin/sh\necho x >>\"$COUNT\"\n" << script << "\n";
    ::chmod(program_.command.c_str(), 0755);
  }
  // With the number of the run as its token.
  void write_tokens(const std::string& more = "") const {
    write_program("n=$(wc -l <\"$COUNT\")\nn=$((n))\necho '" + credential(R"("token":"token-'$n'")" + more) +
                  "'");
  }
  std::size_t runs() const { return base::read_file(directory_ + "/count").value_or("").size() / 2; }

  class Server final : public http::Client {
   public:
    explicit Server(ExecClient& test) : test_(test) {}
    base::Result<http::Response> send(std::string_view /*url*/, http::Request request) override {
      test_.seen_ = request.fields.find("Authorization").value_or("");
      http::Response response;
      response.status = test_.seen_ == test_.refused_ ? 401 : 200;
      return response;
    }
    base::Result<http::Switched> switch_protocol(std::string_view url, http::Request request) override {
      http::Switched switched;
      CEEMS_TRY(switched.response, send(url, std::move(request)));
      return switched;
    }
    void cancel() override {}

   private:
    ExecClient& test_;
  };

  http::Client& client() {
    if (!client_) {
      const auto make = [this](http::ClientOptions options) -> base::Result<std::unique_ptr<http::Client>> {
        certificates_.push_back(options.config.tls.cert);
        return std::make_unique<Server>(*this);
      };
      client_ = *make_exec_client({.http = {.config = {}, .user_agent = "t", .timeout = timeout_},
                                   .program = program_,
                                   .make = make,
                                   .pause = pause_});
    }
    return *client_;
  }
  int status() {
    const auto response = client().send("https://api", {});
    EXPECT_TRUE(response) << response.error().text();
    return response ? response->status : 0;
  }

  std::string directory_;
  ExecProgram program_;
  std::chrono::milliseconds timeout_{30'000};
  std::chrono::milliseconds pause_ = std::chrono::hours(1);
  std::unique_ptr<http::Client> client_;
  std::vector<std::string> certificates_;
  std::string seen_;
  std::string refused_ = "nobody";
};

TEST_F(ExecClient, ShowsWhatTheProgramMade) {
  write_tokens();
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(seen_, "Bearer token-1");
  EXPECT_EQ(runs(), 1U);
}

TEST_F(ExecClient, AsksAgainWhenTheTokenHasExpired) {
  pause_ = {};
  write_tokens(R"(,"expirationTimestamp":"2020-01-01T00:00:00Z")");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(seen_, "Bearer token-2");
}

TEST_F(ExecClient, AsksAgainWhenTheServerRefuses) {
  pause_ = {};
  write_tokens();
  status();
  refused_ = "Bearer token-1";
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(seen_, "Bearer token-2");
}

TEST_F(ExecClient, ShowsTheSameWhereAnotherProtocolIsWanted) {
  pause_ = {};
  write_tokens();
  status();
  refused_ = "Bearer token-1";
  const auto switched = client().switch_protocol("https://api", {});
  ASSERT_TRUE(switched) << switched.error().text();
  EXPECT_EQ(switched->response.status, 200);
  EXPECT_EQ(seen_, "Bearer token-2");
}

TEST_F(ExecClient, DoesNotAskAllTheTimeWhereWhateverItShowsIsRefused) {
  write_program("echo '" + credential(R"("token":"t")") + "'");
  refused_ = "Bearer t";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(status(), 401);
  }
  EXPECT_EQ(runs(), 1U);
}

TEST_F(ExecClient, ShowsCertificates) {
  write_program("echo '" + credential(R"("clientCertificateData":"c","clientKeyData":"k")") + "'");
  EXPECT_EQ(status(), 200);
  EXPECT_EQ(seen_, "");
  EXPECT_EQ(certificates_, std::vector<std::string>{"c"});
}

TEST_F(ExecClient, SaysHowTheProgramFailed) {
  write_program("echo 'not logged in' >&2; exit 3");
  for (int i = 0; i < 3; ++i) {
    const auto response = client().send("https://api", {});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::ErrorCode::kUnavailable);
    EXPECT_NE(response.error().text().find("login: ended with status 3: not logged in"), std::string::npos);
  }
  EXPECT_EQ(runs(), 1U);
}

TEST_F(ExecClient, SaysThatTheProgramIsNotThere) {
  program_.hint = "install the package cloud-login\nor not";
  const auto response = client().send("https://api", {});
  ASSERT_FALSE(response);
  EXPECT_NE(response.error().text().find("(install the package cloud-login)"), std::string::npos)
      << response.error().text();
}

TEST_F(ExecClient, EndsAProgramThatTakesTooLongOrTalksTooMuch) {
  timeout_ = std::chrono::milliseconds(200);
  write_program("sleep 600");
  EXPECT_EQ(client().send("https://api", {}).error().code, base::ErrorCode::kTimeout);
  client_.reset();
  timeout_ = std::chrono::seconds(30);
  write_program("exec yes");
  EXPECT_EQ(client().send("https://api", {}).error().code, base::ErrorCode::kTooLarge);
}

TEST_F(ExecClient, RunsNothingOnceItIsCancelled) {
  write_program("sleep 600");
  client().cancel();
  EXPECT_EQ(client().send("https://api", {}).error().code, base::ErrorCode::kCancelled);
}

TEST_F(ExecClient, TellsTheProgramWhoAsks) {
  write_program("echo \"$KUBERNETES_EXEC_INFO\" >\"$COUNT.info\"; echo '" + credential(R"("token":"t")") +
                "'");
  status();
  EXPECT_EQ(base::read_file(directory_ + "/count.info").value_or(""), exec_info(program_) + "\n");
}

}  // namespace
}  // namespace ceems::kube
