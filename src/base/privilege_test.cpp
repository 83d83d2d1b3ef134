#include "base/privilege.h"

#include "base/file.h"
#include "base/forked_test.h"
#include "base/text.h"
#include "base/user.h"

#include <unistd.h>

#include <cstdlib>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::base {
namespace {

using ::testing::HasSubstr;

// A process that was not started as root can only check that nothing was gained.
bool started_as_root() {
  return ::geteuid() == 0;
}

// "Uid: 65534 65534 …" of /proc/thread-self/status, blanks made single.
std::string status_field(std::string_view name) {
  const auto status = read_file("/proc/thread-self/status");
  if (!status) return "unreadable";
  std::string_view rest = *status;
  std::string_view line;
  while (next_line(rest, line)) {
    if (!line.starts_with(name)) continue;
    std::string text;
    std::string_view word;
    while (next_word(line, word))
      text += (text.empty() ? "" : " ") + std::string(word);
    return text;
  }
  return "missing";
}

DropOptions to_nobody(std::vector<std::string_view> capabilities) {
  DropOptions options;
  options.user = "nobody";
  options.needs = {CapabilityNeed{"feature", std::move(capabilities)}};
  return options;
}

std::string describe(const Result<DropReport>& report) {
  if (!report) return "error: " + report.error().text();
  std::string text;
  for (const std::string_view name : report->kept)
    text += " +" + std::string(name);
  for (const MissingCapability& missing : report->missing)
    text += " -" + std::string(missing.capability) + "(" + missing.feature + ")";
  return text;
}

TEST(PrivilegeTest, BecomesTheOtherUserWithItsGroupsAndHome) {
  const std::string answer = in_child([] {
    const auto report = drop_privileges(to_nobody({}));
    if (!report) return report.error().text();
    return status_field("Uid:") + "|" + status_field("Groups:") + "|" + std::getenv("HOME");
  });
  if (!started_as_root()) {
    EXPECT_THAT(answer, HasSubstr(std::to_string(::geteuid())));
    return;
  }
  const auto nobody = find_user("nobody");
  ASSERT_TRUE(nobody);
  const std::string uid = std::to_string(nobody->uid);
  const std::string gid = std::to_string(nobody->gid);
  EXPECT_EQ(answer,
            "Uid: " + uid + " " + uid + " " + uid + " " + uid + "|Groups: " + gid + "|" + nobody->home);
}

TEST(PrivilegeTest, LeavesOnlyWhatIsNeededAndThatNotEffective) {
  const std::string answer = in_child([] {
    const std::string report = describe(drop_privileges(to_nobody({"CAP_KILL", "CAP_KILL"})));
    return report + "|" + status_field("CapInh:") + "|" + status_field("CapPrm:") + "|" +
           status_field("CapEff:") + "|" + status_field("CapAmb:") + "|" + status_field("NoNewPrivs:");
  });
  const std::string none = "0000000000000000";
  const std::string kill = started_as_root() ? "0000000000000020" : none;
  const std::string report = started_as_root() ? " +CAP_KILL" : " -CAP_KILL(feature) -CAP_KILL(feature)";
  EXPECT_EQ(answer, report + "|CapInh: " + none + "|CapPrm: " + kill + "|CapEff: " + none +
                        "|CapAmb: " + none + "|NoNewPrivs: 1");
}

TEST(PrivilegeTest, ShrinksTheBoundingSetOfRoot) {
  const std::string before = status_field("CapBnd:");
  const std::string answer =
      in_child([] { return drop_privileges(to_nobody({"CAP_KILL"})) ? status_field("CapBnd:") : "failed"; });
  EXPECT_EQ(answer, started_as_root() ? "CapBnd: 0000000000000020" : before);
}

TEST(PrivilegeTest, CannotGoBack) {
  const std::string answer = in_child([] {
    if (!drop_privileges(to_nobody({}))) return "failed";
    return ::setuid(0) != 0 && ::setgid(0) != 0 ? "stays" : "went back";
  });
  EXPECT_EQ(answer, "stays");
}

TEST(PrivilegeTest, ReportsWhatWasNotGiven) {
  const std::string answer = in_child([] {
    if (!drop_privileges(to_nobody({"CAP_KILL"}))) return std::string("failed");
    // The second drop finds only what the first one left.
    DropOptions options = to_nobody({"CAP_SYS_PTRACE"});
    options.needs.push_back(CapabilityNeed{"other", {"CAP_KILL"}});
    return describe(drop_privileges(options));
  });
  EXPECT_EQ(answer, started_as_root() ? " +CAP_KILL -CAP_SYS_PTRACE(feature)"
                                      : " -CAP_SYS_PTRACE(feature) -CAP_KILL(other)");
}

TEST(PrivilegeTest, RaisesCapabilitiesForOneActionOnly) {
  const std::string answer = in_child([] {
    if (!drop_privileges(to_nobody({"CAP_KILL", "CAP_CHOWN"}))) return std::string("failed");
    std::string inside;
    const std::string_view raised[] = {"CAP_KILL", "CAP_SYS_ADMIN"};
    run_privileged(raised, [&] { inside = status_field("CapEff:"); });
    return inside + "|" + status_field("CapEff:");
  });
  const std::string kill = started_as_root() ? "0000000000000020" : "0000000000000000";
  EXPECT_EQ(answer, "CapEff: " + kill + "|CapEff: 0000000000000000");
}

TEST(PrivilegeTest, KeepsThemEffectiveWhereThatIsAsked) {
  const std::string answer = in_child([] {
    DropOptions options = to_nobody({"CAP_KILL"});
    options.keep_effective = true;
    if (!drop_privileges(options)) return std::string("failed");
    std::string inside;
    run_privileged({}, [&] { inside = status_field("CapEff:"); });
    return inside;
  });
  EXPECT_EQ(answer, started_as_root() ? "CapEff: 0000000000000020" : "CapEff: 0000000000000000");
}

TEST(PrivilegeTest, RefusesAnUnknownUserOrCapability) {
  EXPECT_THAT(in_child([] { return describe(drop_privileges(to_nobody({"CAP_MAGIC"}))); }),
              HasSubstr("CAP_MAGIC: no such capability"));
  const std::string answer = in_child([] {
    DropOptions options;
    options.user = "no-such-user-here";
    return describe(drop_privileges(options));
  });
  EXPECT_EQ(answer, started_as_root() ? "error: no-such-user-here: no such user" : "");
}

TEST(PrivilegeTest, RefusesToDropWhileThreadsRun) {
  const std::string answer = in_child([] {
    std::string text;
    const std::thread::id main_thread = std::this_thread::get_id();
    std::thread([&] {
      if (std::this_thread::get_id() != main_thread) text = describe(drop_privileges(to_nobody({})));
    }).join();
    return text;
  });
  EXPECT_EQ(answer, "error: privileges must be dropped before threads start");
}

}  // namespace
}  // namespace ceems::base
