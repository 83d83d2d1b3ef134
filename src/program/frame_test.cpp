#include "program/frame.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::program {
namespace {

// A server that notes what is asked of it.
struct Noted {
  CommonOptions options;
  std::vector<std::string> done;
  base::Status completes;
  base::Status runs;

  int start(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "noted");
    const Server server{.name = "noted",
                        .description = "Notes what is asked of it.",
                        .declare_flags =
                            [&](config::Flags& flags) {
                              declare_check_flag(flags, options.check_config);
                              declare_log_flags(flags, options.log);
                              declare_reference_flag(flags, options.print_reference);
                            },
                        .metrics = [&]() -> base::Result<std::string> {
                          done.emplace_back("metrics");
                          return "";
                        },
                        .complete =
                            [&](const config::Flags&) {
                              done.emplace_back("complete");
                              return completes;
                            },
                        .check =
                            [&] {
                              done.emplace_back("check");
                              return 7;
                            },
                        .run =
                            [&] {
                              done.emplace_back("run");
                              return runs;
                            }};
    return run_server(server, options, static_cast<int>(arguments.size()), arguments.data());
  }
};

using Steps = std::vector<std::string>;

TEST(Frame, RunsWhenTheOptionsAreComplete) {
  Noted server;
  EXPECT_EQ(server.start({}), 0);
  EXPECT_EQ(server.done, (Steps{"complete", "run"}));
  EXPECT_EQ(server.options.security.run_as_user, "nobody");
}

TEST(Frame, ChecksInsteadOfRunning) {
  Noted server;
  EXPECT_EQ(server.start({"--config.check"}), 7);
  EXPECT_EQ(server.done, (Steps{"complete", "check"}));
}

TEST(Frame, PrintsTheReferenceWithoutWhatRunningNeeds) {
  Noted server;
  server.completes = base::fail(base::ErrorCode::kInvalid, "--config.file", "missing");
  EXPECT_EQ(server.start({"--reference"}), 0);
  EXPECT_EQ(server.done, (Steps{"metrics"}));
}

TEST(Frame, FailsForOptionsThatMakeNoSense) {
  Noted server;
  server.completes = base::fail(base::ErrorCode::kInvalid, "--config.file", "missing");
  EXPECT_EQ(server.start({}), 1);
  EXPECT_EQ(server.done, (Steps{"complete"}));
}

TEST(Frame, FailsWhenTheServerCannotStart) {
  Noted server;
  server.runs = base::fail(base::ErrorCode::kUnavailable, "", "the port is taken");
  EXPECT_EQ(server.start({}), 1);
}

TEST(Frame, RefusesUnknownFlags) {
  Noted server;
  EXPECT_EQ(server.start({"--no-such-flag"}), 1);
  EXPECT_TRUE(server.done.empty());
}

}  // namespace
}  // namespace ceems::program
