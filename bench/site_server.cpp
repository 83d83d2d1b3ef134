#include "site_server.h"

#include "api/routes.h"
#include "site.h"
#include "store/writer.h"

#include <chrono>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace ceems::bench {

base::Status SiteServer::open(const std::string& directory, bool exact) {
  CEEMS_TRY(reader_, store::Reader::create({.path = store::database_path(directory)}));
  members_ = access::make_directory(*reader_);
  api::Options options;
  options.exact_usage = exact;
  options.now = [] { return std::chrono::sys_seconds(std::chrono::seconds(kSiteEndS)); };
  CEEMS_TRY(routes_, api::make_routes(std::move(options), *reader_, *members_));
  return {};
}

base::Result<std::size_t> SiteServer::ask(std::string_view user, const std::string& target) const {
  http::Request request;
  request.target = target;
  request.peer_address = "192.0.2.1";
  request.fields.add("X-Grafana-User", std::string(user));
  for (const http::Route& route : routes_) {
    if (route.path != request.path()) continue;
    const http::Response response = route.handler(request);
    if (response.status != 200)
      return base::fail(base::ErrorCode::kInternal, target, "status {}: {}", response.status,
                        response.text());
    const auto* producer = std::get_if<http::BodyProducer>(&response.body);
    if (producer == nullptr) return response.text().size();
    std::size_t bytes = 0;
    std::string chunk;
    for (bool more = true; more;) {
      chunk.clear();
      CEEMS_TRY(more, (*producer)(chunk));
      bytes += chunk.size();
    }
    return bytes;
  }
  return base::fail(base::ErrorCode::kNotFound, target, "no such route");
}

std::int64_t window_end(std::size_t round) {
  constexpr std::int64_t kStepS = 900 * 7;
  return kSiteEndS - static_cast<std::int64_t>(round) * kStepS;
}

std::string window(std::int64_t seconds, std::size_t round) {
  return fmt::format("from={}&to={}", window_end(round) - seconds, window_end(round));
}

}  // namespace ceems::bench
