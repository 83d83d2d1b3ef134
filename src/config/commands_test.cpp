#include "config/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Fails with the number of files that it was given.
class Count final : public Command {
 public:
  void declare(Flags& flags) override {
    flags.boolean("twice", false, "Counts double.", twice_);
    flags.positional("files", "Files to count.", files_);
  }
  int run() override { return static_cast<int>(files_.size()) * (twice_ ? 2 : 1); }

 private:
  bool twice_ = false;
  std::vector<std::string> files_;
};

struct Outcome {
  int status = 0;
  std::string out;
  std::string err;
};

Outcome run(std::vector<const char*> arguments) {
  Commands commands("tool", "A tool.");
  commands.add("check files", "Counts files.", std::make_unique<Count>());
  commands.add("check all", "Counts more.", std::make_unique<Count>());
  commands.add("count", "Counts.", std::make_unique<Count>());
  arguments.insert(arguments.begin(), "tool");
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.status = commands.run(static_cast<int>(arguments.size()), arguments.data());
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.err = ::testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(Commands, RunTheOneThatTheFirstWordsName) {
  EXPECT_EQ(run({"check", "files", "a", "b", "--twice"}).status, 4);
  EXPECT_EQ(run({"count", "a"}).status, 1);
}

TEST(Commands, ReportBadFlagsUnderTheirFullName) {
  const Outcome outcome = run({"check", "files", "--bogus"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr(" tool check files: error: unknown flag --bogus (see --help)"));
}

TEST(Commands, AMissingCommandListsWhatThereIs) {
  EXPECT_THAT(run({}).err,
              HasSubstr("tool: error: a command is needed: check files, check all, count (see --help)"));
  EXPECT_THAT(run({"check"}).err, HasSubstr("a command is needed: check files, check all (see --help)"));
  EXPECT_EQ(run({"check"}).status, 1);
}

TEST(Commands, AnUnknownCommandGetsASuggestion) {
  EXPECT_THAT(run({"check", "filez"}).err,
              HasSubstr("unknown command 'check filez', did you mean 'check files'?"));
  EXPECT_THAT(run({"bogus", "--help"}).err, HasSubstr("unknown command 'bogus' (see --help)"));
  EXPECT_THAT(run({"--twice", "count"}).err, HasSubstr("flag --twice before a command"));
}

TEST(Commands, HelpIsForTheProgramAGroupOrOneCommand) {
  EXPECT_THAT(run({"--help"}).out, HasSubstr("  check files "));
  EXPECT_THAT(run({"--help"}).out, HasSubstr("  count "));
  EXPECT_THAT(run({"check", "-h"}).out, Not(HasSubstr("  count ")));
  EXPECT_THAT(run({"check", "files", "--help"}).out,
              HasSubstr("usage: tool check files [<flags>] [<files>...]"));
  EXPECT_EQ(run({"help", "check", "files"}).out, run({"check", "files", "--help"}).out);
  EXPECT_EQ(run({"--help"}).status, 0);
}

TEST(Commands, VersionIsThatOfTheProgramEverywhere) {
  EXPECT_THAT(run({"--version"}).out, ::testing::StartsWith("tool, version "));
  EXPECT_EQ(run({"check", "files", "--version"}).out, run({"--version"}).out);
}

TEST(Commands, TheManualPageHoldsAllCommands) {
  const std::string page = run({"--help-man"}).out;
  EXPECT_THAT(page, HasSubstr(".SS tool check files [<flags>]"));
  EXPECT_THAT(page, HasSubstr(".SS tool count [<flags>]"));
}

TEST(Commands, CompletionKnowsWordsAndFlags) {
  EXPECT_EQ(run({"--completion-bash", ""}).out, "check\ncount\n");
  EXPECT_EQ(run({"--completion-bash", "check", ""}).out, "all\nfiles\n");
  EXPECT_THAT(run({"--completion-bash", "check", "files", "--"}).out, HasSubstr("--twice\n"));
  EXPECT_EQ(run({"--completion-bash", "check", "files", ""}).out, "");
  EXPECT_EQ(run({"--completion-bash"}).status, 0);
}

TEST(Commands, TheReferenceHoldsAllCommands) {
  Commands commands("tool", "A tool.");
  commands.add("count", "Counts.", std::make_unique<Count>());
  EXPECT_THAT(commands.markdown_reference(),
              HasSubstr("# `tool`\n\nA tool.\n\n## `tool count`\n\nCounts.\n"));
}

}  // namespace
}  // namespace ceems::config
