#include "http/router.h"

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

Route route(std::string path, std::vector<std::string> methods) {
  Route one;
  one.path = std::move(path);
  one.methods = std::move(methods);
  return one;
}

const Router& sample() {
  static const Router router({route("/units", {"GET"}), route("/units", {"OPTIONS"}), route("/files/…", {}),
                              route("/files/special", {"GET"}), route("/", {})});
  return router;
}

std::string path_for(std::string_view path, std::string_view method = "GET") {
  const auto match = sample().find(path, method);
  return match.route == nullptr ? "" : match.route->path;
}

TEST(Router, MatchesExactly) {
  EXPECT_EQ(path_for("/units"), "/units");
  EXPECT_EQ(path_for("/"), "/");
  for (const char* path : {"/units/", "/Units", "/unit", "/unitsx", "/%75nits", "", "*"})
    EXPECT_EQ(path_for(path), "") << path;
}

TEST(Router, TakesEverythingBelowAPrefix) {
  EXPECT_EQ(path_for("/files/"), "/files/…");
  EXPECT_EQ(path_for("/files/a/b"), "/files/…");
  EXPECT_EQ(path_for("/files/special"), "/files/…") << "the first route that fits wins";
  EXPECT_EQ(path_for("/files"), "");
}

TEST(Router, TellsMethodsOfAKnownPath) {
  EXPECT_EQ(sample().find("/units", "OPTIONS").route->methods.front(), "OPTIONS");
  EXPECT_EQ(sample().find("/units", "HEAD").allowed_methods, "GET, OPTIONS");
  EXPECT_EQ(sample().find("/none", "GET").allowed_methods, "");
}

TEST(CleanPath, RemovesWhatLeadsAstray) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"//", "/"},          {"/a//b", "/a/b"}, {"/a/../b", "/b"},  {"/../../etc", "/etc"},
      {"/a/./b/", "/a/b/"}, {"/a/..", "/"},    {"/a/b/..", "/a/"}, {"//evil.example/", "/evil.example/"},
      {"/.", "/"}};
  for (const auto& [path, expected] : cases)
    EXPECT_EQ(clean_path(path), expected) << path;
}

TEST(CleanPath, LeavesCleanPathsAlone) {
  for (const char* path : {"/", "/a", "/a/", "/a/b..c", "/...", "/a/.b", "*"})
    EXPECT_FALSE(clean_path(path)) << path;
}

}  // namespace
}  // namespace ceems::http
