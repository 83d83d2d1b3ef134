#include "kube/remote_channels.h"

#include "base/file.h"
#include "kube/pod_choice.h"

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

std::string failure(int code) {
  return R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","reason":)"
         R"("NonZeroExitCode","details":{"causes":[{"reason":"Other","message":"1"},{"reason":"ExitCode",)"
         R"("message":")" +
         std::to_string(code) + R"("}]}})";
}

TEST(RemoteChannels, PutTogetherWhatAProgramSaidAndHowItEnded) {
  RemoteChannels channels({});
  // Servers open each channel with a message without bytes.
  for (const std::string& message : {"\1"s, "\2"s, "\3"s, "\0"s, "\1one "s, "\2oh"s, "\1two"s, "\xff\1"s}) {
    const auto ended = channels.take(message);
    ASSERT_TRUE(ended) << ended.error().text();
    EXPECT_FALSE(*ended);
  }
  const std::string status = "\3" + failure(18);
  EXPECT_FALSE(*channels.take(status.substr(0, 40)));
  EXPECT_TRUE(*channels.take("\3" + status.substr(40)));
  const RemoteResult result = std::move(channels).result();
  EXPECT_EQ(result.output, "one two");
  EXPECT_EQ(result.errors, "oh");
  EXPECT_EQ(result.exit_status, 18);
}

TEST(RemoteChannels, AreBounded) {
  RemoteChannels channels({.output = 4, .errors = 4});
  EXPECT_TRUE(
      channels.take("\1"
                    "1234"));
  EXPECT_TRUE(
      channels.take("\2"
                    "123456"));
  EXPECT_TRUE(
      channels.take("\2"
                    "123456"));
  EXPECT_EQ(channels
                .take("\1"
                      "5")
                .error()
                .code,
            ErrorCode::kTooLarge);
  EXPECT_EQ(channels.take("").error().code, ErrorCode::kInvalid);
  const std::string endless = "\3" + std::string(9'000, ' ');
  EXPECT_TRUE(channels.take(endless));
  EXPECT_EQ(channels.take(endless).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(std::move(channels).result().errors, "1234");
}

TEST(RemoteStatus, TellsTheExitStatusOrWhyThereIsNone) {
  EXPECT_EQ(parse_remote_status(kSuccess).value(), 0);
  EXPECT_EQ(parse_remote_status(failure(137)).value(), 137);
  for (const std::string_view unfinished :
       {"", "{", R"({"status":"Success")", "[]", R"({"status":"Maybe"})"}) {
    EXPECT_EQ(parse_remote_status(unfinished).value(), std::nullopt) << unfinished;
  }
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"status":"Failure","reason":"InternalError","message":"exec: \"nvidia-smi\": not found\n"})",
       "could not be run: InternalError: exec: \"nvidia-smi\": not found "},
      {R"({"status":"Failure"})", "could not be run: no reason told"},
      {failure(0), "could not be run: NonZeroExitCode: command terminated with non-zero exit code"},
      {failure(256), "could not be run: NonZeroExitCode: command terminated with non-zero exit code"},
  };
  for (const auto& [text, why] : cases) {
    const auto status = parse_remote_status(text);
    ASSERT_FALSE(status) << text;
    EXPECT_EQ(status.error().message, why);
  }
}

TEST(RemoteStatus, IsQuotedWithinBounds) {
  EXPECT_EQ(told_in_status(R"({"kind":"Status","reason":"Forbidden","message":"pods \"a\" is forbidden"})"),
            "Forbidden: pods \"a\" is forbidden");
  EXPECT_EQ(told_in_status("<html>"), "");
  EXPECT_EQ(told_in_status(R"({"message":")" + std::string(1'000, 'x') + R"("})"),
            std::string(300, 'x') + "...");
}

TEST(ContainersOfThisNode, AreThoseThatAreUpAndReady) {
  const auto text = base::read_file(std::string(CEEMS_TEST_DATA) + "/tool-pods.json");
  ASSERT_TRUE(text);
  const std::string container = "gpu-feature-discovery";
  const auto found = parse_containers(*text, {.node = "n1", .container = container});
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_EQ(*found, (std::vector<ContainerName>{{"gpu-operator", "gfd-good", container},
                                                {"another", "gfd-other", container}}));
  EXPECT_TRUE(parse_containers(*text, {.node = "n3", .container = container})->empty());
  EXPECT_TRUE(parse_containers(*text, {.node = "n1", .container = "main"})->empty());
  for (const std::string_view none : {"", "[]", "{}", R"({"items":{}})"}) {
    EXPECT_FALSE(parse_containers(none, {.node = "n1", .container = container})) << none;
  }
}

}  // namespace
}  // namespace ceems::kube
