#include "api/openapi.h"

#include "api/route_table.h"
#include "api/world_for_tests.h"
#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace ceems::api {
namespace {

namespace json = boost::json;

json::value document(const DocumentOptions& options = {}) {
  return json::parse(openapi_document(options));
}

http::Response ask(const World& world, std::string_view user, const std::string& target) {
  http::Request request;
  request.target = target;
  request.peer_address = "127.0.0.1";
  if (!user.empty()) request.fields.add("X-Grafana-User", std::string(user));
  return world.send(request);
}

std::string answer(const World& world, std::string_view user, const std::string& target) {
  const http::Response response = ask(world, user, target);
  return fmt::format("{} {}", response.status, body_of(response));
}

// Every "$ref" below the value.
void collect_references(const json::value& value, std::set<std::string>& found) {
  if (const json::object* object = value.if_object()) {
    for (const auto& [key, child] : *object) {
      if (key == "$ref") found.emplace(child.as_string());
      collect_references(child, found);
    }
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& child : *array)
      collect_references(child, found);
  }
}

// What a value of that schema is; only what our schemas say is understood.
bool conforms(const json::value& schema_or_reference, const json::value& value, const json::object& schemas) {
  const json::object* schema = &schema_or_reference.as_object();
  if (const json::value* reference = schema->if_contains("$ref")) {
    const std::string path(reference->as_string());
    schema = &schemas.at(path.substr(path.rfind('/') + 1)).as_object();
  }
  if (schema->empty()) return true;
  if (value.is_null()) return schema->contains("nullable");
  const json::string& type = schema->at("type").as_string();
  if (type == "string") {
    const json::value* names = schema->if_contains("enum");
    return value.is_string() && (names == nullptr || std::ranges::count(names->as_array(), value) == 1);
  }
  if (type == "integer") return value.is_int64();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_bool();
  if (type == "array") {
    return value.is_array() && std::ranges::all_of(value.as_array(), [&](const json::value& item) {
             return conforms(schema->at("items"), item, schemas);
           });
  }
  if (!value.is_object()) return false;
  if (const json::value* required = schema->if_contains("required")) {
    for (const json::value& name : required->as_array())
      if (!value.as_object().contains(name.as_string())) return false;
  }
  const json::value* properties = schema->if_contains("properties");
  const json::value* others = schema->if_contains("additionalProperties");
  for (const auto& [name, member] : value.as_object()) {
    const json::value* known = properties == nullptr ? others : properties->as_object().if_contains(name);
    if (known == nullptr && (properties != nullptr || others != nullptr)) return false;
    if (known != nullptr && !conforms(*known, member, schemas)) return false;
  }
  return true;
}

TEST(Document, RefersToWhatItHas) {
  const json::value all = document();
  std::set<std::string> references;
  collect_references(all, references);
  EXPECT_GT(references.size(), 10u);
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/components/schemas/")) << reference;
    EXPECT_TRUE(
        all.at("components").at("schemas").as_object().contains(reference.substr(reference.rfind('/') + 1)))
        << reference;
  }
}

TEST(Document, HasEachOperationOnce) {
  const json::value all = document();
  std::set<std::string> ids;
  for (const auto& [path, item] : all.at("paths").as_object())
    EXPECT_TRUE(ids.emplace(item.at("get").at("operationId").as_string()).second) << path;
  EXPECT_EQ(ids.size(), api_routes().size());
}

TEST(Document, KnowsUnderWhichUrlItIsServed) {
  EXPECT_EQ(document({.api_root = "/ceems/api/v1"}).at("servers").at(0).at("url"), "/ceems/api/v1");
  EXPECT_EQ(document({.external_url = "https://hpc.example/ceems/"}).at("servers").at(0).at("url"),
            "https://hpc.example/ceems/api/v1");
  EXPECT_EQ(document({.user_header = "X-Me"}).at("components").at("securitySchemes").at("User").at("name"),
            "X-Me");
}

TEST(Document, DescribesAnswersAsTheyAre) {
  const World world;
  const json::value all = document();
  const json::object& schemas = all.at("components").at("schemas").as_object();
  for (const ApiRoute& route : api_routes()) {
    std::string query = "?running";
    if (route.rows == Rows::kNone || route.rows == Rows::kClaims) query = "?uuid=1&cluster_id=a&user=ann";
    const std::string_view user = route.audience == Audience::kServiceAccount ? "ceems-int-svc"
                                  : route.audience == Audience::kUsers        ? "ann"
                                                                              : "root";
    const json::value& operation = all.at("paths").at(route.path).at("get");
    const auto check = [&](const http::Response& response) {
      const json::value body = json::parse(body_of(response));
      const json::value& described = operation.at("responses").at(fmt::format("{}", response.status));
      EXPECT_TRUE(conforms(described.at("content").at("application/json").at("schema"), body, schemas))
          << route.path << " " << json::serialize(body);
    };
    const http::Response good = ask(world, user, "/api/v1" + std::string(route.path) + query);
    EXPECT_EQ(good.status, 200) << route.path;
    check(good);
    if (route.audience != Audience::kAnybody) check(ask(world, "", "/api/v1" + std::string(route.path)));
  }
}

// The query without one parameter; "" before and behind where nothing is left.
std::string without(std::string_view query, std::string_view name) {
  std::string rest;
  for (const std::string_view part : base::split(query, '&')) {
    if (part.substr(0, part.find('=')) != name) rest += (rest.empty() ? "" : "&") + std::string(part);
  }
  return rest;
}

TEST(Document, ListsParametersThatChangeTheAnswer) {
  const auto table = base::read_file(base::join_path(CEEMS_TEST_DATA, "parameters.txt"));
  ASSERT_TRUE(table);
  const World world;
  std::set<std::pair<std::string, std::string>> seen;
  std::string_view rest = *table;
  for (std::string_view line; base::next_line(rest, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::string_view words = line, user, path, name, query;
    base::next_word(words, user);
    base::next_word(words, path);
    base::next_word(words, name);
    base::next_word(words, query);
    seen.emplace(path, name);
    const std::string target = "/api/v1" + std::string(path) + "?";
    EXPECT_NE(answer(world, user, target + std::string(query)),
              answer(world, user, target + without(query, name)))
        << line;
  }
  for (const ApiRoute& route : api_routes()) {
    for (const RouteParameter& parameter : route.parameters)
      EXPECT_EQ(seen.erase({std::string(route.path), std::string(parameter.name)}), 1u)
          << route.path << " " << parameter.name;
  }
  EXPECT_TRUE(seen.empty()) << seen.begin()->first << " " << seen.begin()->second;
}

TEST(Document, NamesTheValuesThatAreTaken) {
  const World world;
  const json::value all = document();
  for (const auto& [path, item] : all.at("paths").as_object()) {
    const bool admin = path.ends_with("/admin");
    for (const json::value& parameter : item.at("get").at("parameters").as_array()) {
      const json::value& schema = parameter.at("schema");
      const json::object& value =
          schema.at("type") == "array" ? schema.at("items").as_object() : schema.as_object();
      const json::value* names = value.if_contains("enum");
      if (names == nullptr) continue;
      for (const json::value& name : names->as_array()) {
        const std::string target =
            fmt::format("/api/v1{}?{}={}", std::string_view(path.data(), path.size()),
                        parameter.at("name").as_string().c_str(), name.as_string().c_str());
        EXPECT_EQ(ask(world, admin ? "root" : "ann", target).status, 200) << target;
      }
    }
  }
}

TEST(Swagger, IsServedWithoutAUser) {
  Options options = World::default_options();
  options.route_prefix = "/ceems";
  const World world(options);
  const http::Response page = world.ask("", "/swagger/index.html");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.fields.find("Content-Type"), "text/html; charset=utf-8");
  for (const ApiRoute& route : api_routes())
    EXPECT_NE(page.text().find("GET /ceems/api/v1" + std::string(route.path) + "<"), std::string::npos)
        << route.path;
  const http::Response file = world.ask("", "/swagger/doc.json");
  EXPECT_EQ(file.fields.find("Content-Type"), "application/json");
  EXPECT_EQ(file.text(), openapi_document({.api_root = "/ceems/api/v1"}));
  EXPECT_EQ(world.ask("", "/swagger/").fields.find("Location"), "/swagger/index.html");
  EXPECT_EQ(world.ask("", "/swagger/x").status, 404);
}

TEST(Demo, NeedsNoUserAndIsNotTheSameTwice) {
  const World world;
  const json::value units = json::parse(body_of(world.ask("", "/api/v1/demo/units")));
  ASSERT_EQ(units.at("data").as_array().size(), 100u);
  const auto runs = [](const json::value& unit) { return !unit.as_object().contains("ended_at_ts"); };
  EXPECT_EQ(std::ranges::count_if(units.at("data").as_array(), runs), 20);
  EXPECT_NE(body_of(world.ask("", "/api/v1/demo/units")), body_of(world.ask("", "/api/v1/demo/units")));

  const json::value usage = json::parse(body_of(world.ask("", "/api/v1/demo/usage")));
  std::map<std::string, int> projects;
  for (const json::value& row : usage.at("data").as_array())
    ++projects[row.at("username").as_string().c_str()];
  EXPECT_EQ(projects.size(), 7u);
  for (const auto& [user, count] : projects)
    EXPECT_TRUE(count >= 1 && count <= 3) << user;
}

TEST(Demo, TellsNothingOfTheSite) {
  const World world;
  for (const char* target : {"/api/v1/demo/units?uuid=1&user=ann", "/api/v1/demo/usage?project=bio"}) {
    const std::string body = body_of(world.ask("", target));
    for (const char* name : {"ann", "bob", "eve", "\"bio", "chem"})
      EXPECT_EQ(body.find(name), std::string::npos) << target << name;
  }
}

}  // namespace
}  // namespace ceems::api
