#include "collector/debug_endpoint.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

http::Request local_request(std::string target) {
  http::Request request;
  request.target = std::move(target);
  request.peer_address = "127.0.0.1";
  request.fields.add("Host", "localhost:9010");
  return request;
}

TEST(DebugEndpointTest, ShowsTheCommandLine) {
  const http::Response response = handle_debug(local_request("/debug/pprof/cmdline"));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(std::string(response.text()), ::testing::StartsWith(::program_invocation_name));
  EXPECT_FALSE(response.text().ends_with('\0'));
}

TEST(DebugEndpointTest, ListsWhatThereIsAndHasNothingElse) {
  EXPECT_EQ(handle_debug(local_request("/debug/pprof/")).text(), "cmdline\n");
  EXPECT_EQ(handle_debug(local_request("/debug/pprof/heap")).status, 404);
  EXPECT_EQ(handle_debug(local_request("/debug/")).status, 404);
}

TEST(DebugEndpointTest, HidesFromOtherMachinesAndNames) {
  http::Request remote = local_request("/debug/pprof/cmdline");
  remote.peer_address = "192.0.2.7";
  EXPECT_EQ(handle_debug(remote).status, 404);
  remote.peer_address = "";
  EXPECT_EQ(handle_debug(remote).status, 404);

  for (const std::string host : {"example.org", "localhost.example.org", "127.0.0.1", ""}) {
    http::Request other = local_request("/debug/pprof/cmdline");
    other.fields.set("Host", host);
    EXPECT_EQ(handle_debug(other).status, 404) << host;
  }
}

TEST(DebugEndpointTest, OnlyReads) {
  http::Request request = local_request("/debug/pprof/cmdline");
  request.method = "POST";
  EXPECT_EQ(handle_debug(request).status, 405);
}

}  // namespace
}  // namespace ceems::collector
