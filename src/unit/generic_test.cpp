#include "base/file.h"
#include "base/text.h"
#include "unit/generic_config.h"
#include "unit/generic_manager.h"
#include "unit/label_template.h"
#include "unit/presets.h"
#include "unit/systemd_escape.h"

#include <sstream>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

std::vector<std::string> lines_of(const std::string& file) {
  std::vector<std::string> lines;
  std::istringstream text(base::read_file(CEEMS_TEST_DATA "/" + file).value_or(""));
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && !line.starts_with('#')) lines.push_back(line);
  }
  return lines;
}

std::unique_ptr<GenericManager> manager(std::string_view pattern, std::string_view user = "",
                                        std::string_view project = "") {
  auto made = GenericManager::make("m", pattern, user, project);
  EXPECT_TRUE(made) << made.error().text();
  return made ? std::move(*made) : nullptr;
}

TEST(SystemdUnescape, UndoesHexEscapes) {
  EXPECT_EQ(systemd_unescape("/machine-qemu\\x2d3\\x2da.scope"), "/machine-qemu-3-a.scope");
  EXPECT_EQ(systemd_unescape("/a\\\\b"), "/a\\b");
  EXPECT_EQ(systemd_unescape("/plain"), "/plain");
  EXPECT_EQ(systemd_unescape("\\x2D"), "-");
}

TEST(SystemdUnescape, RejectsAnyOtherEscape) {
  for (const char* path : {"\\", "\\x", "\\x2", "\\xzz", "\\n", "\\x-1", "\\x 2"})
    EXPECT_EQ(systemd_unescape(path), std::nullopt) << path;
}

TEST(LabelTemplate, PutsGroupsAndOwnerIntoText) {
  const auto text = LabelTemplate::parse("{owner}@{a}-{b}{{x}}", {"a", "b"});
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->needs_owner());
  EXPECT_EQ(text->expand({"1", "2"}, "alice"), "alice@1-2{x}");
}

TEST(LabelTemplate, NeedsNoOwnerIfItNamesNone) {
  EXPECT_FALSE(LabelTemplate::parse("{a}", {"a"})->needs_owner());
  EXPECT_EQ(LabelTemplate::parse("", {})->expand({}, "alice"), "");
}

TEST(LabelTemplate, RejectsUnknownNamesAndSingleBraces) {
  for (const char* text : {"{nobody}", "{", "}", "a{b", "{}", "{a"})
    EXPECT_FALSE(LabelTemplate::parse(text, {"a"})) << text;
}

TEST(GenericManager, TakesUuidNameAndNodeFromGroups) {
  const auto it = manager("^/jobs/(?P<host>[a-z0-9]+)/(?P<name>[a-z]+)-(?P<id> ?[0-9_]+)$");
  const auto claim = it->claim("/jobs/n7/sim- 4_2");
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->uuid, "4_2");
  EXPECT_EQ(claim->name, "sim");
  EXPECT_EQ(claim->cgrouphostname, "n7");
}

TEST(GenericManager, NamesAUnitAfterItsCgroup) {
  EXPECT_EQ(manager("job_(?P<id>[0-9]+)")->claim("/a/job_42")->name, "job_42");
}

TEST(GenericManager, ClaimsNothingWithoutAnId) {
  const auto it = manager("^/jobs/(?P<id> *)$");
  EXPECT_FALSE(it->claim("/jobs/"));
  EXPECT_FALSE(it->claim("/jobs/  "));
}

TEST(GenericManager, SaysWhoseAUnitIs) {
  const auto it = manager("^/(?P<account>[a-z]+)/(?P<id>[0-9]+)$", "{owner}", "p-{account}");
  EXPECT_TRUE(it->needs_owner());
  EXPECT_EQ(it->belonging(*it->claim("/physics/1"), "alice"), (Belonging{"alice", "p-physics"}));
}

TEST(GenericManager, KnowsWhereItsUnitsCannotBe) {
  const auto it = manager("^/batch\\.slice/(?P<id>.*)$");
  EXPECT_TRUE(it->may_claim_below(""));
  EXPECT_TRUE(it->may_claim_below("/batch.slice"));
  EXPECT_TRUE(it->may_claim_below("/batch.slice/a"));
  EXPECT_FALSE(it->may_claim_below("/system.slice"));
  EXPECT_FALSE(it->may_claim_below("/batch"));
}

TEST(GenericManager, LooksEverywhereForAPatternWithoutBeginning) {
  for (const char* pattern : {"/job_(?P<id>[0-9]+)$", "^/a/(?P<id>x)|y", "^/[|](?P<id>x)|[]|]",
                              "^.*/(?P<id>x)", "^?/a/(?P<id>x)", "^/\\Q(\\E(?P<id>x)|y"})
    EXPECT_TRUE(manager(pattern)->may_claim_below("/any/where")) << pattern;
  EXPECT_FALSE(manager("^/(?:a|b[|])/(?P<id>x|y)$")->may_claim_below("/where"));
}

TEST(Presets, ClaimTheLayoutsTheyAreFor) {
  for (const std::string& line : lines_of("presets.txt")) {
    const auto fields = base::split(line, '|');
    ASSERT_EQ(fields.size(), 3) << line;
    const Preset* preset = find_preset(base::trim(fields[0]));
    ASSERT_NE(preset, nullptr) << line;
    const auto path = systemd_unescape(base::trim(fields[1]));
    ASSERT_TRUE(path) << line;
    const auto it = manager(preset->pattern);
    const auto claim = it->claim(*path);
    EXPECT_EQ(claim ? claim->uuid : "-", base::trim(fields[2])) << line;
    // And every directory on the way there is looked into.
    for (std::size_t slash = path->find('/', 1); claim && slash != std::string::npos;
         slash = path->find('/', slash + 1)) {
      EXPECT_TRUE(it->may_claim_below(path->substr(0, slash))) << line;
    }
  }
}

TEST(GenericConfig, ReadsManagersInOrder) {
  const auto managers = parse_generic_managers(
      "generic:\n"
      "  - name: containers\n    preset: docker\n    user: alice\n    project: p\n"
      "  - name: batch\n    pattern: ^/batch/(?P<id>[0-9]+)$\n    project: '{id}'\n",
      "f.yml");
  ASSERT_TRUE(managers) << managers.error().text();
  ASSERT_EQ(managers->size(), 2);
  EXPECT_EQ((*managers)[0]->name(), "containers");
  EXPECT_FALSE((*managers)[0]->needs_owner());
  const auto claim = (*managers)[1]->claim("/batch/7");
  ASSERT_TRUE(claim);
  EXPECT_EQ((*managers)[1]->belonging(*claim, "bob"), (Belonging{"bob", "7"}));
}

TEST(GenericConfig, NamesFileLineAndKeyOfWhatIsWrong) {
  for (const std::string& line : lines_of("bad_configs.txt")) {
    const std::size_t arrow = line.find(" => ");
    ASSERT_NE(arrow, std::string::npos) << line;
    const auto managers =
        parse_generic_managers(base::replace_all(line.substr(0, arrow), "|", "\n"), "f.yml");
    ASSERT_FALSE(managers) << line;
    for (const std::string_view part : base::split(std::string_view(line).substr(arrow + 4), ';')) {
      EXPECT_NE(managers.error().text().find(base::trim(part)), std::string::npos)
          << line << "\nsays: " << managers.error().text();
    }
  }
}

TEST(GenericConfig, SaysThatThereIsNoFile) {
  const auto managers = load_generic_managers("/no/such/generic.yml");
  ASSERT_FALSE(managers);
  EXPECT_NE(managers.error().text().find("/no/such/generic.yml"), std::string::npos);
}

}  // namespace
}  // namespace ceems::unit
