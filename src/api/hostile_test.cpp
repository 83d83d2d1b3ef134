// No parameter of any route, whatever it says, shows a caller what is not his.
#include "api/route_table.h"
#include "api/world_for_tests.h"
#include "base/file.h"
#include "base/text.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace ceems::api {
namespace {

// What stands in every row that ann may not see, and in none that she may.
constexpr const char* kSecret = "secret";
// The energy of all such units: it would show in any sum.
constexpr double kSecretKwh = 7e12;
constexpr const char* kSecretDigits = "70000000000";

store::Unit secret(const char* uuid, const char* user, const char* project, std::int64_t hours_ago = 1) {
  store::Unit unit = World::unit(uuid, user, project, hours_ago);
  unit.name = "secret";
  unit.groupname = "secret";
  unit.tags = R"({"workdir":"/secret"})";
  unit.metrics[store::Metric::kTotalCpuEnergyUsageKwh] = {{"total", kSecretKwh}};
  return unit;
}

class Hostile : public testing::Test {
 protected:
  Hostile() {
    world_.add("a", {secret("secret-uuid", "secret-eve", "secretproj"),
                     secret("secret-running", "secret-eve", "secretproj", 0),
                     secret("secret-svc", "secretproj:svc", "secretproj")});
    // Of a project, and of a user, that are ann's only elsewhere.
    world_.add("b", {secret("secret-b", "secret-eve", "bio"), secret("secret-b-svc", "bio:svc", "bio")});
    const auto text = base::read_file(base::join_path(CEEMS_TEST_DATA, "hostile_values.txt"));
    EXPECT_TRUE(text);
    std::string_view rest = *text;
    for (std::string_view line; base::next_line(rest, line);)
      if (!line.empty() && !line.starts_with('#')) values_.emplace_back(line);
    EXPECT_GT(values_.size(), 50u);
    for (const ApiRoute& route : api_routes())
      for (const RouteParameter& parameter : route.parameters)
        names_.emplace(parameter.name);
    for (const char* name :
         {"username", "owner", "logged_user", "name", "id", "role", "User", "user[]", "%75ser"})
      names_.emplace(name);
  }

  void expect_harmless(std::string_view user, const std::string& target) const {
    const http::Response response = world_.ask(user, target);
    EXPECT_TRUE(response.status == 200 || response.status == 400 || response.status == 403)
        << response.status << " " << target;
    const std::string body = body_of(response);
    EXPECT_EQ(body.find(kSecret), std::string::npos) << user << " " << target << " " << body;
    EXPECT_EQ(body.find(kSecretDigits), std::string::npos) << user << " " << target << " " << body;
    boost::json::error_code error;
    const auto document = boost::json::parse(body, error);
    EXPECT_FALSE(error) << target << " " << body;
    if (target.starts_with("/api/v1/units?")) {
      EXPECT_EQ(body.find("\"bob\""), std::string::npos) << user << " " << target << " " << body;
    }
    if (target.starts_with("/api/v1/units/verify")) {
      EXPECT_NE(response.status, 200) << target;
    }
  }

  // What a route is asked for anyway; the hostile parameter comes on top.
  static std::string ordinary(const ApiRoute& route) {
    if (route.path == "/units/verify") return "uuid=secret-uuid&uuid=secret-b&cluster_id=a&cluster_id=b";
    return "from=0&to=1772366400&running";
  }

  World world_;
  std::vector<std::string> values_;  // as they stand in a query
  std::set<std::string> names_;
};

TEST_F(Hostile, ThereIsSomethingToHide) {
  for (const char* target : {"/api/v1/units/admin", "/api/v1/usage/global/admin"})
    EXPECT_NE(body_of(world_.ask("root", target)).find(kSecret), std::string::npos) << target;
  EXPECT_NE(body_of(world_.ask("secret-eve", "/api/v1/units")).find(kSecretDigits), std::string::npos);
}

TEST_F(Hostile, ParametersShowNothingOfOthers) {
  for (const ApiRoute& route : api_routes()) {
    if (route.audience != Audience::kUsers) continue;
    const std::string base = "/api/v1" + std::string(route.path) + "?" + ordinary(route) + "&";
    for (const std::string& name : names_) {
      for (const std::string& value : values_) {
        std::string query = name;
        query += '=';
        query += value;
        expect_harmless("ann", base + query);
        expect_harmless("mallory", base + query);
      }
    }
  }
}

TEST_F(Hostile, RepeatedParametersAddNothingOfOthers) {
  for (const ApiRoute& route : api_routes()) {
    if (route.audience != Audience::kUsers) continue;
    const std::string base = "/api/v1" + std::string(route.path) + "?" + ordinary(route) + "&";
    for (const std::string& name : names_) {
      for (const char* own : {"ann", "bio", "a", "username"}) {
        for (const char* foreign : {"secret-eve", "secretproj", "b", "secret-uuid", "*", "'"}) {
          expect_harmless("ann", fmt::format("{}{}={}&{}={}", base, name, own, name, foreign));
          expect_harmless("ann", fmt::format("{}{}={}&{}={}", base, name, foreign, name, own));
        }
      }
    }
  }
}

TEST_F(Hostile, NobodyBecomesAnAdministratorByAsking) {
  for (const ApiRoute& route : api_routes()) {
    if (route.audience != Audience::kAdministrators && route.audience != Audience::kServiceAccount) continue;
    const std::string path = "/api/v1" + std::string(route.path);
    for (const std::string& name : names_) {
      for (const char* value : {"root", "admin", "ceems-int-svc", "true"}) {
        EXPECT_EQ(world_.ask("ann", fmt::format("{}?{}={}", path, name, value)).status, 403)
            << path << name << value;
      }
    }
  }
}

TEST_F(Hostile, NamesOfUsersArePlainNames) {
  for (const std::string& value : values_) {
    const std::string name = http::percent_decode(value);
    if (name == "secret-eve" || base::trim(name).empty()) continue;
    for (const ApiRoute& route : api_routes()) {
      if (route.audience == Audience::kAnybody) continue;
      const http::Response response =
          world_.ask(name, "/api/v1" + std::string(route.path) + "?" + ordinary(route));
      const std::string body = body_of(response);
      // The service account of a project is a user like others: what it owns is its own.
      if (name.ends_with(":svc")) continue;
      EXPECT_EQ(body.find(kSecretDigits), std::string::npos) << value << " " << route.path;
      if (route.audience != Audience::kUsers) {
        EXPECT_TRUE(response.status == 401 || response.status == 403) << value << " " << route.path;
      }
    }
  }
}

TEST_F(Hostile, PathsAreOnlyWhatTheyAre) {
  for (const char* target :
       {"/api/v1/units/", "/api/v1//units", "/api/v1/units/../units/admin", "/api/v1/units%2Fadmin",
        "/api/v1/units/admin/", "/api/v1/units/admin;a", "/API/v1/units", "/api/v1/units/ADMIN",
        "/api/v1/demo/../units", "/api/v1/demo/units/admin", "/swagger/../api/v1/units/admin",
        "/api/v1/units%00", "/api/v1/units%3Frunning", "/demo/units"}) {
    EXPECT_EQ(world_.ask("ann", target).status, 404) << target;
  }
}

}  // namespace
}  // namespace ceems::api
