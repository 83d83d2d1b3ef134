// tests/data/access/decisions.txt: a small world, and who may see what in it.
#include "access/caller.h"
#include "access/scope.h"
#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::access {
namespace {

using Words = std::vector<std::string>;

class World final : public Directory {
 public:
  base::Result<bool> is_admin(const std::string& user) const override { return admins.contains(user); }

  base::Result<std::vector<store::ProjectKey>> projects_of(const Words& users) const override {
    std::vector<store::ProjectKey> result;
    for (const auto& [project, names] : members) {
      if (std::ranges::any_of(users, [&](const std::string& user) { return names.contains(user); }))
        result.push_back(project);
    }
    return result;
  }

  base::Result<Words> owned_uuids(const Words& uuids, const Words& clusters,
                                  const std::vector<store::ProjectKey>& projects) const override {
    std::set<std::string> result;
    for (const auto& [project, uuid] : units) {
      if (std::ranges::find(uuids, uuid) != uuids.end() &&
          std::ranges::find(clusters, project.cluster_id) != clusters.end() &&
          std::ranges::find(projects, project) != projects.end())
        result.insert(uuid);
    }
    return Words(result.begin(), result.end());
  }

  std::set<std::string> admins;
  std::map<store::ProjectKey, std::set<std::string>> members;
  std::vector<std::pair<store::ProjectKey, std::string>> units;
};

Words words_of(std::string_view line) {
  Words words;
  for (std::string_view word; base::next_word(line, word);)
    words.emplace_back(word);
  return words;
}

// "a,b" → a, b; "-" → nothing
Words list_of(const std::string& text) {
  Words list;
  if (text == "-") return list;
  for (const std::string_view piece : base::split(text, ','))
    list.emplace_back(piece);
  return list;
}

std::string user_of(const std::string& text) {
  return text == "-" ? "" : text;
}

std::string print(const OwnerScope& scope) {
  if (scope.is_everybody()) return "everybody";
  Words owners;
  for (const store::Owner& owner : scope.owners())
    owners.push_back((owner.cluster_id.empty() ? "*" : owner.cluster_id) + "/" + owner.username);
  return base::join(owners, " ");
}

std::string print(const ProjectScope& scope) {
  if (!scope) return "all";
  Words projects;
  for (const store::ProjectKey& project : *scope)
    projects.push_back(project.cluster_id + "/" + project.project);
  return base::join(projects, " ");
}

std::string print(const std::optional<Caller>& caller) {
  if (!caller) return "nobody";
  return caller->user + (caller->admin ? "*" : "");
}

Peer peer_of(const std::string& text) {
  const std::size_t plus = text.find('+');
  return {text.substr(0, plus), plus != std::string::npos};
}

std::string decide(const World& world, const PeerPolicy& policy, const Words& question) {
  const std::string& kind = question[0];
  if (kind == "owners") return print(*own_scope(world, question[1], list_of(question[2])));
  if (kind == "administered") return print(administered_scope(list_of(question[1]), list_of(question[2])));
  if (kind == "projects") return print(*own_projects(world, question[1]));
  if (kind == "administered-projects") return print(*administered_projects(world, list_of(question[1])));
  if (kind == "owns") {
    return *owns_all(world, user_of(question[1]), list_of(question[3]), list_of(question[2])) ? "yes" : "no";
  }
  if (kind == "caller") return print(identify(user_of(question[1]), peer_of(question[2]), policy, world));
  return "no such question";
}

TEST(Decisions, AreThoseOfTheTable) {
  const auto table = base::read_file(base::join_path(CEEMS_TEST_DATA, "decisions.txt"));
  ASSERT_TRUE(table);
  World world;
  PeerPolicy policy;
  std::size_t decisions = 0;
  std::string_view rest = *table;
  for (std::string_view line; base::next_line(rest, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t colon = line.rfind(" :");
    const Words words = words_of(line.substr(0, colon));
    if (words[0] == "member") {
      world.members[{words[1], words[2]}].insert(words.begin() + 3, words.end());
    } else if (words[0] == "admin") {
      world.admins.insert(words[1]);
    } else if (words[0] == "unit") {
      world.units.push_back({{words[1], words[2]}, words[3]});
    } else if (words[0] == "trust") {
      policy = PeerPolicy(*AddressList::parse(Words(words.begin() + 1, words.end())));
    } else {
      ASSERT_NE(colon, std::string_view::npos) << line;
      EXPECT_EQ(decide(world, policy, words), base::trim(line.substr(colon + 2))) << line;
      ++decisions;
    }
  }
  EXPECT_GT(decisions, 50u);
}

class Broken final : public Directory {
 public:
  base::Result<bool> is_admin(const std::string&) const override { return broken(); }
  base::Result<std::vector<store::ProjectKey>> projects_of(const Words&) const override { return broken(); }
  base::Result<Words> owned_uuids(const Words&, const Words&,
                                  const std::vector<store::ProjectKey>&) const override {
    return broken();
  }

 private:
  static std::unexpected<base::Error> broken() {
    return base::fail(base::ErrorCode::kUnavailable, "", "database is locked");
  }
};

TEST(Decisions, GrantNothingWhenTheDirectoryFails) {
  const Broken broken;
  EXPECT_EQ(print(identify("root", {"127.0.0.1", true}, {}, broken)), "root");
  EXPECT_FALSE(own_scope(broken, "ann", {"bio"}));
  EXPECT_FALSE(own_projects(broken, "ann"));
  EXPECT_FALSE(administered_projects(broken, {"ann"}));
  EXPECT_FALSE(owns_all(broken, "ann", {"1"}, {"a"}));
}

TEST(OwnerScope, MatchesTheClusterOfAServiceAccount) {
  const OwnerScope scope = OwnerScope::only({{"", "ann"}, {"a", "bio:svc"}});
  EXPECT_TRUE(scope.contains("b", "ann"));
  EXPECT_TRUE(scope.contains("a", "bio:svc"));
  EXPECT_FALSE(scope.contains("b", "bio:svc"));
  EXPECT_FALSE(scope.contains("a", "bob"));
}

TEST(AddressList, RefusesWhatIsNoNetwork) {
  for (const char* text :
       {"", "host", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8x"})
    EXPECT_FALSE(AddressList::parse({text})) << text;
}

TEST(AddressList, TakesEverythingForAPrefixOfZero) {
  EXPECT_TRUE(AddressList::parse({"0.0.0.0/0"})->contains("203.0.113.1"));
  EXPECT_FALSE(AddressList::parse({"0.0.0.0/0"})->contains("2001:db8::1"));
  EXPECT_TRUE(AddressList::parse({"::/0"})->contains("2001:db8::1"));
}

}  // namespace
}  // namespace ceems::access
