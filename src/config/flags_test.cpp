#include "config/flags.h"

#include "base/file.h"
#include "config/completion.h"
#include "config/flag_pages.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// One flag of each type.
struct FlagsTest : ::testing::Test {
  FlagsTest() : flags("ceems_test", "Tests the flags.") {
    flags.list("web.listen-address", {":9010"}, "Addresses.", addresses);
    flags.string("web.config.file", "", "Web configuration.", file, {.environment = "CEEMS_TEST_FLAG_FILE"});
    flags.boolean("collector.cpu", true, "The CPU collector.", cpu);
    flags.boolean("secret", false, "Hidden.", secret, {.hidden = true});
    flags.integer("max", 40, "A number.", max, {.environment = "CEEMS_TEST_FLAG_MAX"});
    flags.number("pue", 1.5, "A factor.", pue);
    flags.duration("period", 90s, "A time.", period);
    flags.choice("log.level", {"debug", "info"}, "info", "The level.", level);
    flags.choices("provider", {"owid", "global"}, "Providers.", providers);
    flags.boolean("debug", false, "Debugging.", debug, {.environment = "CEEMS_TEST_FLAG_DEBUG"});
    flags.list("tag", {}, "Tags.", tags, {.environment = "CEEMS_TEST_FLAG_TAG"});
  }
  ~FlagsTest() override {
    for (const char* name : {"FILE", "MAX", "DEBUG", "TAG"})
      ::unsetenv((std::string("CEEMS_TEST_FLAG_") + name).c_str());
  }

  std::string error_of(const std::vector<std::string>& arguments) {
    const auto status = flags.parse_arguments(arguments);
    return status ? "ok" : status.error().text();
  }

  Flags flags;
  std::vector<std::string> addresses, providers, tags;
  std::string file, level;
  bool cpu = false, secret = false, debug = false;
  std::int64_t max = 0;
  double pue = 0;
  std::chrono::milliseconds period{0};
};

TEST_F(FlagsTest, DefaultsAreSetAtOnce) {
  EXPECT_THAT(addresses, ElementsAre(":9010"));
  EXPECT_TRUE(cpu);
  EXPECT_EQ(max, 40);
  EXPECT_EQ(level, "info");
  EXPECT_EQ(period, 90s);
}

TEST_F(FlagsTest, TakesValuesInBothSpellings) {
  EXPECT_EQ(error_of({"--web.config.file=a=b", "--max", "7", "--pue=-2.5e1", "--period", "1d",
                      "--no-collector.cpu", "--secret", "--log.level=DEBUG"}),
            "ok");
  EXPECT_EQ(file, "a=b");
  EXPECT_EQ(max, 7);
  EXPECT_EQ(pue, -25);
  EXPECT_EQ(period, 24h);
  EXPECT_FALSE(cpu);
  EXPECT_TRUE(secret);
  EXPECT_EQ(level, "debug");
}

TEST_F(FlagsTest, TakesEmptyValuesAndALoneDash) {
  EXPECT_EQ(error_of({"--web.config.file="}), "ok");
  EXPECT_EQ(file, "");
  EXPECT_EQ(error_of({"--tag", "-", "--tag", ""}), "ok");
  EXPECT_THAT(tags, ElementsAre("-", ""));
}

TEST_F(FlagsTest, DurationsComeInBothGrammars) {
  EXPECT_EQ(error_of({"--period=1h0m0s"}), "ok");
  EXPECT_EQ(period, 1h);
}

TEST_F(FlagsTest, AListReplacesItsDefaultAndAccumulates) {
  EXPECT_EQ(error_of({"--web.listen-address=:1", "--web.listen-address", ":2", "--provider=owid",
                      "--provider=GLOBAL"}),
            "ok");
  EXPECT_THAT(addresses, ElementsAre(":1", ":2"));
  EXPECT_THAT(providers, ElementsAre("owid", "global"));
}

TEST_F(FlagsTest, BooleansTakeNoValue) {
  EXPECT_EQ(error_of({"--collector.cpu=true"}),
            "flag --collector.cpu takes no value: write --collector.cpu or --no-collector.cpu");
  EXPECT_EQ(error_of({"--debug", "true"}), "unexpected argument 'true'");
}

TEST_F(FlagsTest, SingleValuesCannotBeRepeated) {
  EXPECT_EQ(error_of({"--max=1", "--max=1"}), "flag --max cannot be repeated");
  EXPECT_EQ(error_of({"--debug", "--no-debug"}), "flag --debug cannot be repeated");
}

TEST_F(FlagsTest, BadValuesNameTheFlag) {
  EXPECT_EQ(error_of({"--max=4x"}), "flag --max: must be a whole number, got '4x'");
  EXPECT_EQ(error_of({"--pue=nan"}), "flag --pue: must be a number, got 'nan'");
  EXPECT_EQ(error_of({"--log.level=loud"}), "flag --log.level: must be one of debug,info, got 'loud'");
  EXPECT_THAT(error_of({"--period=soon"}), HasSubstr("flag --period: not a duration: 'soon'"));
}

TEST_F(FlagsTest, BadProviderNamesTheFlag) {
  EXPECT_EQ(error_of({"--provider=x"}), "flag --provider: must be one of owid,global, got 'x'");
}

TEST_F(FlagsTest, MissingValuesAreErrors) {
  EXPECT_EQ(error_of({"--web.config.file"}), "flag --web.config.file needs a value");
  EXPECT_EQ(error_of({"--max", "--debug"}), "flag --max needs a value");
}

TEST_F(FlagsTest, UnknownFlagsGetASuggestion) {
  EXPECT_EQ(error_of({"--log-level=info"}), "unknown flag --log-level, did you mean --log.level?");
  EXPECT_EQ(error_of({"--no-colector.cpu"}),
            "unknown flag --no-colector.cpu, did you mean --no-collector.cpu?");
  EXPECT_EQ(error_of({"--no-max"}), "flag --max takes a value and has no --no- form");
  EXPECT_EQ(error_of({"-x"}), "unknown flag -x");
  EXPECT_EQ(error_of({"---"}), "unknown flag ---");
}

TEST_F(FlagsTest, HiddenFlagsAreNotSuggested) {
  EXPECT_EQ(error_of({"--secre"}), "unknown flag --secre");
}

TEST_F(FlagsTest, PositionalArgumentsAreErrorsUnlessDeclared) {
  EXPECT_EQ(error_of({"file"}), "unexpected argument 'file'");
  EXPECT_EQ(error_of({"--", "--debug"}), "unexpected argument '--debug'");
  EXPECT_FALSE(debug);
}

TEST_F(FlagsTest, CollectsPositionalArguments) {
  std::vector<std::string> files;
  flags.positional("files", "Files.", files, true);
  EXPECT_EQ(error_of({}), "<files> is needed");
  EXPECT_EQ(error_of({"a", "--debug", "-", "--", "--max", "@nothing"}), "ok");
  EXPECT_THAT(files, ElementsAre("a", "-", "--max", "@nothing"));
  EXPECT_TRUE(debug);
}

TEST_F(FlagsTest, EnvironmentSuppliesAbsentFlags) {
  ::setenv("CEEMS_TEST_FLAG_FILE", "from-environment", 1);
  ::setenv("CEEMS_TEST_FLAG_MAX", "3", 1);
  ::setenv("CEEMS_TEST_FLAG_DEBUG", "1", 1);
  ::setenv("CEEMS_TEST_FLAG_TAG", "a\nb", 1);
  EXPECT_EQ(error_of({"--max=9"}), "ok");
  EXPECT_EQ(file, "from-environment");
  EXPECT_EQ(max, 9);
  EXPECT_TRUE(debug);
  EXPECT_THAT(tags, ElementsAre("a", "b"));
  EXPECT_FALSE(flags.given("web.config.file"));
}

TEST_F(FlagsTest, AnEmptyVariableCountsAsUnset) {
  ::setenv("CEEMS_TEST_FLAG_MAX", "", 1);
  EXPECT_EQ(error_of({}), "ok");
  EXPECT_EQ(max, 40);
}

TEST_F(FlagsTest, ABadVariableIsNamed) {
  ::setenv("CEEMS_TEST_FLAG_MAX", "many", 1);
  EXPECT_EQ(error_of({}), "environment variable CEEMS_TEST_FLAG_MAX: must be a whole number, got 'many'");
}

TEST_F(FlagsTest, KnowsWhichFlagsWereGivenInEitherPolarity) {
  EXPECT_EQ(error_of({"--no-collector.cpu", "--max=1"}), "ok");
  EXPECT_TRUE(flags.given("collector.cpu"));
  EXPECT_TRUE(flags.given("max"));
  EXPECT_FALSE(flags.given("debug"));
}

TEST_F(FlagsTest, ReadsArgumentsFromFiles) {
  const std::string inner = ::testing::TempDir() + "/flags_inner";
  const std::string outer = ::testing::TempDir() + "/flags_outer";
  ASSERT_TRUE(base::write_file_atomically(inner, "--max\n5\r\n", 0600));
  ASSERT_TRUE(
      base::write_file_atomically(outer, "# a comment\n\n@" + inner + "\n--web.config.file=a b\n", 0600));
  EXPECT_EQ(error_of({"@" + outer, "--debug"}), "ok");
  EXPECT_EQ(max, 5);
  EXPECT_EQ(file, "a b");
  EXPECT_TRUE(debug);
}

TEST_F(FlagsTest, AnArgumentFileThatCannotBeReadIsNamed) {
  EXPECT_EQ(error_of({"@/nonexistent"}), "/nonexistent: No such file or directory");
  EXPECT_EQ(error_of({"@"}), "@: needs the name of a file");
}

TEST_F(FlagsTest, AnArgumentFileThatNamesItselfEnds) {
  const std::string path = ::testing::TempDir() + "/flags_loop";
  ASSERT_TRUE(base::write_file_atomically(path, "@" + path + "\n@" + path + "\n", 0600));
  EXPECT_THAT(error_of({"@" + path}), HasSubstr("too many argument files"));
}

TEST_F(FlagsTest, HelpEndsTheParsingWhereItStands) {
  EXPECT_EQ(flags.parse_arguments({"--help", "--bogus"}).error().code, base::ErrorCode::kCancelled);
  EXPECT_EQ(flags.parse_arguments({"--bogus", "--help"}).error().code, base::ErrorCode::kInvalid);
}

TEST_F(FlagsTest, PrintsHelpAndVersionOnStdout) {
  for (const std::string word : {"-h", "--help", "--help-long"}) {
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(flags.parse({word}), 0);
    const std::string text = ::testing::internal::GetCapturedStdout();
    EXPECT_THAT(text, HasSubstr("usage: ceems_test [<flags>]"));
    EXPECT_THAT(text, HasSubstr("--[no-]collector.cpu"));
    EXPECT_THAT(text, HasSubstr("($CEEMS_TEST_FLAG_FILE)"));
    EXPECT_THAT(text, Not(HasSubstr("--[no-]secret")));
  }
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(flags.parse({"--version"}), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), ::testing::StartsWith("ceems_test, version "));
}

TEST_F(FlagsTest, PrintsErrorsOnStderrWithATimeStampAndWithoutUsage) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(flags.parse({"--bogus"}), 1);
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_THAT(
      ::testing::internal::GetCapturedStderr(),
      ::testing::MatchesRegex("[0-9]+/[0-9]+/[0-9]+ [0-9]+:[0-9]+:[0-9]+ ceems_test: error: unknown flag "
                              "--bogus .see --help.\n"));
}

TEST_F(FlagsTest, HelpKeepsTwoColumnsOf80Characters) {
  std::string long_value;
  flags.string("collector.k8s.kubelet-podresources-socket.file",
               "/var/lib/kubelet/pod-resources/kubelet.sock",
               "A sentence that is long enough to need more than one line in the second column of the help.",
               long_value);
  const std::string expected = base::read_file(base::join_path(CEEMS_TEST_DATA, "flags/help.txt")).value();
  EXPECT_EQ(help_text(flags.info()), expected);
}

TEST_F(FlagsTest, MarkdownListsVisibleFlags) {
  const std::string expected =
      base::read_file(base::join_path(CEEMS_TEST_DATA, "flags/reference.md")).value();
  EXPECT_EQ(markdown_reference(flags), expected);
}

TEST_F(FlagsTest, TheManualPageEscapesTroff) {
  bool dots = false;
  flags.boolean("dots", false, ".Starts with a dot and has a back\\slash.", dots);
  const std::string page = man_page(flags.info());
  EXPECT_THAT(page, ::testing::StartsWith(".TH \"ceems_test\" 1"));
  EXPECT_THAT(page,
              HasSubstr("\n\\fB\\-\\-[no\\-]dots\\fR\n\\&.Starts with a dot and has a back\\eslash.\n"));
}

TEST_F(FlagsTest, CompletesFlagsAndValues) {
  const ProgramInfo info = flags.info();
  EXPECT_THAT(completion_candidates(info, {"--lo"}), HasSubstr("--log.level\n"));
  EXPECT_THAT(completion_candidates(info, {"--"}), HasSubstr("--no-collector.cpu\n"));
  EXPECT_THAT(completion_candidates(info, {"--"}), Not(HasSubstr("secret")));
  EXPECT_EQ(completion_candidates(info, {"--log.level", ""}), "debug\ninfo\n");
  EXPECT_EQ(completion_candidates(info, {"--web.config.file", ""}), "");
  EXPECT_THAT(bash_completion_script("ceems_test"),
              HasSubstr("complete -o default -F _ceems_test_complete ceems_test"));
  EXPECT_THAT(zsh_completion_script("ceems_test"), ::testing::StartsWith("#compdef ceems_test"));
}

}  // namespace
}  // namespace ceems::config
