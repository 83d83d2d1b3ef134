#include "base/process.h"

#include "base/file.h"
#include "base/temporary_directory_test.h"
#include "base/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::base {
namespace {

using ::testing::HasSubstr;

ChildOptions shell(const std::string& script) {
  ChildOptions options;
  options.arguments = {"/bin/sh", "-c", script};
  options.timeout = std::chrono::seconds(60);
  return options;
}

TEST(ProcessTest, CapturesOutputErrorsAndStatusApart) {
  const auto result = run_child(shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_status, 3);
  EXPECT_EQ(result->signal, 0);
}

TEST(ProcessTest, ReportsTheSignalThatEndedTheProgram) {
  const auto result = run_child(shell("kill -TERM $$"));
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->signal, SIGTERM);
  EXPECT_EQ(result->exit_status, -1);
}

TEST(ProcessTest, ReadsMoreThanAPipeHolds) {
  const auto result = run_child(shell("head -c 300000 /dev/zero | tr '\\0' x"));
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->output, std::string(300'000, 'x'));
}

TEST(ProcessTest, RefusesMoreOutputThanAllowed) {
  ChildOptions options = shell("head -c 5000 /dev/zero; sleep 600");
  options.output_limit = 4999;
  const auto result = run_child(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTooLarge);
}

TEST(ProcessTest, DropsErrorsBeyondTheLimit) {
  ChildOptions options = shell("head -c 50000 /dev/zero >&2; echo done");
  options.error_limit = 10;
  const auto result = run_child(options);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->errors.size(), 10U);
  EXPECT_EQ(result->output, "done\n");
}

TEST(ProcessTest, KillsTheWholeGroupWhenTimeIsUp) {
  const TemporaryDirectory directory;
  const std::string pid_file = directory.path("pid");
  ChildOptions options = shell("sleep 600 & echo $! > " + pid_file + "; wait");
  options.timeout = std::chrono::milliseconds(300);
  const auto result = run_child(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kTimeout);
  const auto pid = parse_i64(trim(read_file(pid_file).value_or("")));
  ASSERT_TRUE(pid);
  // Gone, or a zombie that nobody has waited for yet.
  while (::kill(static_cast<pid_t>(*pid), 0) == 0) {
    const std::string status = read_file("/proc/" + std::to_string(*pid) + "/status").value_or("State:\tZ");
    if (status.find("State:\tZ") != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(ProcessTest, DoesNotWaitForWhatTheProgramLeftBehind) {
  const auto result = run_child(shell("sleep 600 & echo started"));
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->output, "started\n");
}

TEST(ProcessTest, RunsInAGroupOfItsOwnOrASessionOfItsOwn) {
  ChildOptions options = shell("echo $$ $(cut -d' ' -f5,6 /proc/$$/stat)");  // pid, group, session
  const auto numbers = [&] {
    const auto result = run_child(options);
    const std::string text = result ? std::string(trim(result->output)) : result.error().text();
    const std::vector<std::string_view> words = split(text, ' ');
    return std::vector<std::string>(words.begin(), words.end());
  };
  const std::vector<std::string> group = numbers();
  ASSERT_EQ(group.size(), 3U);
  EXPECT_EQ(group[0], group[1]);
  EXPECT_NE(group[0], group[2]);
  options.new_session = true;
  const std::vector<std::string> session = numbers();
  ASSERT_EQ(session.size(), 3U);
  EXPECT_EQ(session[0], session[2]);
}

TEST(ProcessTest, InheritsNoDescriptorsAndNoInput) {
  const int leaked = ::open("/dev/null", O_RDONLY);  // without close-on-exec, as a careless library would
  ASSERT_GE(leaked, 3);
  const auto result = run_child(shell("ls /proc/$$/fd; cat"));
  ASSERT_TRUE(result) << result.error().text();
  ::close(leaked);
  std::string_view rest = result->output;
  std::string_view word;
  while (next_word(rest, word))
    EXPECT_TRUE(word == "0" || word == "1" || word == "2" || word == "10") << word;  // 10: the shell's own
}

TEST(ProcessTest, AddsToTheEnvironment) {
  ChildOptions options = shell("echo $CEEMS_A-$CEEMS_B-${PATH:+path}");
  ::setenv("CEEMS_A", "inherited", 1);
  ::setenv("CEEMS_B", "inherited", 1);
  options.extra_environment = {"CEEMS_B=given"};
  const auto result = run_child(options);
  ASSERT_TRUE(result) << result.error().text();
  EXPECT_EQ(result->output, "inherited-given-path\n");
}

TEST(ProcessTest, RunsAsSomebodyElseIfItMay) {
  ChildOptions options = shell("id -u; id -g; id -G");
  options.identity = ChildIdentity{4242, 4243, {4243, 4244}};
  const auto result = run_child(options);
  if (::geteuid() == 0) {
    ASSERT_TRUE(result) << result.error().text();
    EXPECT_EQ(result->output, "4242\n4243\n4243 4244\n");
  } else {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kPermission);
  }
}

TEST(ProcessTest, NamesTheProgramThatCannotBeStarted) {
  ChildOptions options;
  options.arguments = {"no-such-program-here"};
  auto result = run_child(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(result.error().text(), HasSubstr("no-such-program-here"));
  options.arguments = {"/etc/passwd"};
  result = run_child(options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kPermission);
  options.arguments.clear();
  EXPECT_FALSE(run_child(options));
}

TEST(ProcessTest, LooksOnlyIntoTheGivenSearchPath) {
  EXPECT_EQ(find_program("sh", "/nowhere:/bin").value_or(""), "/bin/sh");
  EXPECT_FALSE(find_program("sh", "/nowhere"));
  EXPECT_FALSE(find_program("sh", "bin:."));
  EXPECT_FALSE(find_program("", "/bin"));
}

}  // namespace
}  // namespace ceems::base
