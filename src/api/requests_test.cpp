// tests/data/api/requests.txt: who asks what, and which rows come back.
#include "api/world_for_tests.h"
#include "base/file.h"
#include "base/text.h"

#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace ceems::api {
namespace {

namespace json = boost::json;

std::string text(const json::object& row, const char* key) {
  const json::value* value = row.if_contains(key);
  if (value == nullptr) return "?";
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string print_row(std::string_view path, const json::object& row) {
  const std::string cluster = text(row, "cluster_id");
  if (path.find("/units") != std::string_view::npos) return cluster + "/" + text(row, "uuid");
  if (path.find("/usage") != std::string_view::npos) {
    return cluster + "/" + text(row, "username") + "/" + text(row, "project") + "=" + text(row, "num_units");
  }
  if (path.find("/clusters") != std::string_view::npos) return text(row, "id") + "=" + text(row, "manager");
  if (path.find("/stats") != std::string_view::npos) {
    return cluster + "=" + text(row, "num_units") + "," + text(row, "num_inactive_units") + "," +
           text(row, "num_active_units") + "," + text(row, "num_projects") + "," + text(row, "num_users");
  }
  return cluster + "/" + text(row, "name");
}

std::string print_answer(const std::string& target, const http::Response& response) {
  std::string line = fmt::format("{}", response.status);
  const std::string body = body_of(response);
  if (!body.ends_with('\n')) return line;
  json::error_code error;
  const json::value envelope = json::parse(body, error);
  if (error || !envelope.is_object()) return line + " not JSON: " + body;
  const json::object& object = envelope.get_object();
  if (object.contains("errorType")) return line + " " + text(object, "errorType");
  if (const json::array* rows = object.at("data").if_array()) {
    for (const json::value& row : *rows)
      line += " " + print_row(target.substr(0, target.find('?')), row.get_object());
  }
  return line;
}

TEST(Requests, AreAnsweredAsTheTableSays) {
  const auto table = base::read_file(base::join_path(CEEMS_TEST_DATA, "requests.txt"));
  ASSERT_TRUE(table);
  const World world;
  std::size_t requests = 0;
  std::string_view rest = *table;
  for (std::string_view line; base::next_line(rest, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t colon = line.rfind(" : ");
    ASSERT_NE(colon, std::string_view::npos) << line;
    std::string_view question = line.substr(0, colon), user, target;
    base::next_word(question, user);
    base::next_word(question, target);
    const std::string name = user == "-" ? "" : http::percent_decode(user);
    EXPECT_EQ(print_answer(std::string(target), world.ask(name, std::string(target))), line.substr(colon + 3))
        << line;
    ++requests;
  }
  EXPECT_GT(requests, 100u);
}

}  // namespace
}  // namespace ceems::api
