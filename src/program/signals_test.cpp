#include "program/signals.h"

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace ceems::program {
namespace {

// What a process that waits like that ends with after these signals, sent to itself before it waits.
int status_after(Signals::Reload reload, std::initializer_list<int> sent) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGHUP, SIG_DFL);  // whoever runs the tests may not want it
    ::alarm(60);
    Signals signals(reload);
    for (const int signal : sent)
      ::raise(signal);
    int reloads = 0;
    signals.wait([&] { ++reloads; });
    ::_exit(40 + reloads);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(Signals, EndOnTerm) {
  const int status = status_after(Signals::Reload::kNo, {SIGTERM});
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 40);
}

TEST(Signals, ReloadOnHangupAndGoOn) {
  const int status = status_after(Signals::Reload::kYes, {SIGHUP, SIGINT});
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 41);
}

TEST(Signals, HangupEndsAProgramThatDoesNotReload) {
  const int status = status_after(Signals::Reload::kNo, {SIGHUP});
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(WTERMSIG(status), SIGHUP);
}

TEST(Signals, LeaveBrokenPipesToTheirWriters) {
  const int status = status_after(Signals::Reload::kNo, {SIGPIPE, SIGTERM});
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 40);
}

}  // namespace
}  // namespace ceems::program
