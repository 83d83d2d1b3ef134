// Whatever a user sends: no crash, and what is sent on reads the same when it is guarded again.
#include "access/claims.h"
#include "base/check.h"
#include "lb/tsdb_guard.h"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace ceems;

// Unit 1 is everybody's.
class OneUnit final : public access::Claims {
 public:
  base::Result<bool> is_admin(const std::string& /*user*/) override { return false; }
  base::Result<std::vector<access::Claim>> of_ids(const std::string& /*user*/, const std::string& /*cluster*/,
                                                  const std::vector<std::string>& uuids) override {
    std::vector<access::Claim> claims;
    for (const std::string& uuid : uuids)
      claims.push_back({.uuid = uuid, .owned = uuid == "1", .foreign = {}});
    return claims;
  }
  base::Result<access::ClaimList> in_window(const std::string& /*user*/, const std::string& /*cluster*/,
                                            const store::TimeRange& /*window*/,
                                            std::size_t /*limit*/) override {
    return std::make_shared<const std::vector<access::Claim>>(
        std::vector<access::Claim>{{.uuid = "1", .owned = true, .foreign = {}}});
  }
};

}  // namespace

// The first byte chooses the route, the second how the parameters arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr const char* kPaths[] = {"/api/v1/query",       "/api/v1/query_range", "/api/v1/query_exemplars",
                                    "/api/v1/series",      "/api/v1/labels",      "/api/v1/label/uuid/values",
                                    "/api/v1/format_query"};
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  http::Request request;
  request.target = kPaths[data[0] % std::size(kPaths)];
  if (data[1] % 2 == 0) {
    request.target += "?" + text;
  } else {
    request.method = "POST";
    request.fields.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = text;
  }
  const auto route = lb::find_tsdb_route(request.method, request.path());
  if (!route) return 0;
  OneUnit claims;
  const access::GuardOptions options;
  const std::vector<std::string> clusters{"hpc"};
  const access::Reader reader{
      .user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  const access::Guard guard(claims, options, reader);
  const auto guarded = lb::guard_request(*route, request, guard, {}, 1'700'000'000'000);
  if (!guarded) return 0;
  http::Request again;
  again.method = guarded->method;
  again.target = guarded->target;
  again.body = guarded->body;
  if (again.method == "POST") again.fields.add("Content-Type", "application/x-www-form-urlencoded");
  const auto once_more = lb::find_tsdb_route(again.method, again.path());
  CEEMS_CHECK(once_more && once_more->path == route->path);
  CEEMS_CHECK(lb::guard_request(*once_more, again, guard, {}, 1'700'000'000'000));
  return 0;
}
