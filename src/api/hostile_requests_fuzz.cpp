// Any query, to any route, by one of two users who are no administrators: the answer is JSON with one of a
// few statuses, and shows nothing of anybody else. The first byte chooses the route, the second the user.
#include "api/route_table.h"
#include "api/routes.h"
#include "base/check.h"
#include "base/log.h"
#include "store/reader.h"
#include "store/writer.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <boost/json/parse.hpp>

namespace {

using namespace ceems;

constexpr std::int64_t kNowMs = 1'772'366'400'000;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::string_view kSecret = "secret";
constexpr std::string_view kSecretDigits = "70000000000";
constexpr std::size_t kMostBytes = std::size_t{4} << 20;

store::Unit unit(std::string uuid, std::string user, std::string project) {
  store::Unit made;
  made.resource_manager = "slurm";
  made.uuid = std::move(uuid);
  made.project = std::move(project);
  made.username = std::move(user);
  made.started_at = "2026-03-01T00:00:00+0000";
  made.started_at_ts = kNowMs - 12 * kHourMs;
  made.ended_at_ts = kNowMs - kHourMs;
  made.state = "COMPLETED";
  made.metrics[store::Metric::kTotalTimeSeconds] = {{"walltime", 900}};
  const bool hidden = made.username.starts_with(kSecret) || made.uuid.starts_with(kSecret);
  made.metrics[store::Metric::kTotalCpuEnergyUsageKwh] = {{"total", hidden ? 7e12 : 0.25}};
  if (hidden) made.name = kSecret;
  return made;
}

store::WindowResult window(const char* cluster, std::vector<store::Unit> units,
                           std::vector<store::Project> projects) {
  store::WindowResult result;
  result.cluster_id = cluster;
  result.manager = "slurm";
  result.start_ms = kNowMs - 2 * kHourMs;
  result.end_ms = kNowMs - kHourMs;
  for (store::Unit& one : units)
    one.cluster_id = cluster;
  result.units = std::move(units);
  store::Membership membership;
  for (const store::Project& project : projects) {
    for (const std::string& name : project.users) {
      store::User& user = membership.users.emplace_back();
      user.name = name;
      user.projects = {project.name};
    }
  }
  membership.projects = std::move(projects);
  result.membership = std::move(membership);
  return result;
}

store::Project project(const char* name, std::vector<std::string> users) {
  store::Project made;
  made.name = name;
  made.users = std::move(users);
  return made;
}

// ann and her project bio on cluster a; everything else is secret, a project bio on cluster b too.
class Site {
 public:
  Site() {
    base::configure_logging(base::LogLevel::kError, base::LogFormat::kLogfmt);
    std::string directory = "/tmp/ceems-api-fuzz-XXXXXX";
    CEEMS_CHECK(::mkdtemp(directory.data()) != nullptr);
    auto writer = store::Writer::open({directory, {}, store::Accounting::kLegacy});
    CEEMS_CHECK(writer.has_value());
    write(**writer, window("a",
                           {unit("1", "ann", "bio"), unit("2", "bio:svc", "bio"),
                            unit("secret-1", "secret-eve", "secretproj")},
                           {project("bio", {"ann", "bio:svc"}), project("secretproj", {"secret-eve"})}));
    write(**writer, window("b", {unit("secret-2", "secret-eve", "bio"), unit("secret-3", "bio:svc", "bio")},
                           {project("bio", {"secret-eve", "bio:svc"})}));
    CEEMS_CHECK((*writer)->replace_admins("ceems", {"root"}, kNowMs).has_value());
    store::ReaderOptions reading;
    reading.path = (*writer)->path();
    reader_ = *store::Reader::create(std::move(reading));
    directory_ = access::make_directory(*reader_);
    api::Options options;
    options.now = [] { return std::chrono::sys_seconds(std::chrono::seconds(kNowMs / 1'000)); };
    routes_ = *api::make_routes(std::move(options), *reader_, *directory_);
  }

  http::Response ask(const http::Request& request) const {
    for (const http::Route& route : routes_)
      if (route.path == request.path()) return route.handler(request);
    return http::text_response(404, "");
  }

 private:
  static void write(store::Writer& writer, const store::WindowResult& result) {
    CEEMS_CHECK(writer.begin(result.cluster_id, result.start_ms).has_value());
    CEEMS_CHECK(writer.commit_window(result).has_value());
  }

  std::unique_ptr<store::Reader> reader_;
  std::unique_ptr<access::Directory> directory_;
  std::vector<http::Route> routes_;
};

std::string body_of(const http::Response& response) {
  const auto* producer = std::get_if<http::BodyProducer>(&response.body);
  if (producer == nullptr) return std::string(response.text());
  std::string body;
  for (bool more = true; more && body.size() < kMostBytes;) {
    const auto next = (*producer)(body);
    CEEMS_CHECK(next.has_value());
    more = *next;
  }
  return body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Site kSite;
  constexpr const char* kUsers[] = {"ann", "mallory"};
  if (size < 2) return 0;
  const api::ApiRoute& route = api::api_routes()[data[0] % api::api_routes().size()];
  const std::string_view user = kUsers[data[1] % std::size(kUsers)];
  http::Request request;
  request.peer_address = "192.0.2.1";
  request.fields.add("X-Grafana-User", std::string(user));
  request.target = "/api/v1" + std::string(route.path) + "?" +
                   std::string(reinterpret_cast<const char*>(data) + 2, size - 2);
  const http::Response response = kSite.ask(request);
  CEEMS_CHECK(response.status == 200 || response.status == 400 || response.status == 403);
  const std::string body = body_of(response);
  CEEMS_CHECK(body.find(kSecret) == std::string::npos);
  CEEMS_CHECK(body.find(kSecretDigits) == std::string::npos);
  boost::system::error_code error;
  (void)boost::json::parse(body, error);
  CEEMS_CHECK(!error);
  return 0;
}
