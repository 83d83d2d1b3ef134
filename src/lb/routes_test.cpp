#include "lb/tsdb_routes.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

std::string found(std::string_view method, std::string_view path) {
  const auto route = find_tsdb_route(method, path);
  if (!route) return "none";
  return std::to_string(static_cast<int>(route->resource)) + " " + route->path +
         (route->label.empty() ? "" : " " + route->label);
}

TEST(TsdbRoutes, KnowsPrometheusApi) {
  EXPECT_EQ(found("GET", "/api/v1/query"), "0 /api/v1/query");
  EXPECT_EQ(found("POST", "/api/v1/query"), "0 /api/v1/query");
  EXPECT_EQ(found("POST", "/api/v1/query_range"), "1 /api/v1/query_range");
  EXPECT_EQ(found("GET", "/api/v1/series"), "3 /api/v1/series");
  EXPECT_EQ(found("GET", "/api/v1/label/uuid/values"), "5 /api/v1/label/uuid/values uuid");
  EXPECT_EQ(found("GET", "/api/v1/label/__name__/values"), "5 /api/v1/label/__name__/values __name__");
}

TEST(TsdbRoutes, ToleratesOneSlashAtTheEnd) {
  EXPECT_EQ(found("GET", "/api/v1/query/"), "0 /api/v1/query");
  EXPECT_EQ(found("GET", "/api/v1/query//"), "none");
  EXPECT_EQ(found("GET", "/"), "none");
}

TEST(TsdbRoutes, KnowsNothingElse) {
  for (const std::string_view path : {"",
                                      "/query",
                                      "/api/v1/query%2f",
                                      "/api/v1/%71uery",
                                      "/api/v1/../v1/query",
                                      "/api//v1/query",
                                      "/api/v1/Query",
                                      "/api/v1/query;x",
                                      "/api/v1/status/config",
                                      "/api/v1/targets",
                                      "/federate",
                                      "/api/v1/admin/tsdb/snapshot",
                                      "/api/v1/write",
                                      "/api/v1/read",
                                      "/api/v1/label//values",
                                      "/api/v1/label/values",
                                      "/api/v1/label/a/b/values",
                                      "/api/v1/label/a%2Fb/values",
                                      "/api/v1/label/../values",
                                      "/metrics",
                                      "/-/reload",
                                      "/api/v1/rules"})
    EXPECT_EQ(found("GET", path), "none") << path;
}

TEST(TsdbRoutes, KnowsMethods) {
  for (const std::string_view method : {"PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "get", ""})
    EXPECT_EQ(found(method, "/api/v1/query"), "none") << method;
  EXPECT_EQ(found("POST", "/api/v1/label/uuid/values"), "none");
  EXPECT_EQ(found("POST", "/api/v1/metadata"), "none");
}

}  // namespace
}  // namespace ceems::lb
