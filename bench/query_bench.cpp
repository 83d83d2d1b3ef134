// What reading, guarding and writing a query takes, without any network: query_bench [--rounds N]. Prints a
// Markdown table of the fastest round's mean, since everything slower is somebody else's work on the machine.
#include "access/claims.h"
#include "access/guarded_query.h"
#include "base/text.h"
#include "http/message.h"
#include "lb/tsdb_guard.h"
#include "promql/parser.h"
#include "promql/printer.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace ceems::bench {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr int kRepeats = 2'000;  // of one round

// Everything is the reader's, and known.
class OwnClaims final : public access::Claims {
 public:
  base::Result<bool> is_admin(const std::string&) override { return false; }
  base::Result<std::vector<access::Claim>> of_ids(const std::string&, const std::string&,
                                                  const std::vector<std::string>& uuids) override {
    std::vector<access::Claim> claims;
    for (const std::string& uuid : uuids)
      claims.push_back({.uuid = uuid, .owned = true});
    return claims;
  }
  base::Result<access::ClaimList> in_window(const std::string&, const std::string&, const store::TimeRange&,
                                            std::size_t) override {
    return units_;
  }

 private:
  static access::ClaimList make_units() {
    std::vector<access::Claim> claims;
    for (int i = 0; i < 20; ++i)
      claims.push_back({.uuid = std::to_string(1'000'000 + i), .owned = true});
    return std::make_shared<const std::vector<access::Claim>>(std::move(claims));
  }
  access::ClaimList units_ = make_units();
};

struct Query {
  const char* what;
  const char* text;
};

constexpr Query kQueries[] = {
    {"a name", "up"},
    {"one unit", R"(uuid:ceems_host_power_watts:pue{uuid="1000001"})"},
    {"a rate of one unit",
     R"(sum by (instance) (rate(ceems_compute_unit_cpu_user_seconds_total{uuid="1000001"}[5m])))"},
    {"a ratio with a pattern",
     R"(avg(uuid:ceems_gpu_usage:ratio{uuid="1000001",gpuuuid=~"GPU-.*"}) / count(ceems_compute_unit_cpus{uuid="1000001",instance=~"n[0-9]+:9010"}))"},
    {"20 units by name",
     R"(sum(watts{uuid=~"1000000|1000001|1000002|1000003|1000004|1000005|1000006|1000007|1000008|1000009|1000010|1000011|1000012|1000013|1000014|1000015|1000016|1000017|1000018|1000019"}))"},
    {"whatever is mine (20 units)", "sum by (uuid) (watts)"},
};

// Microseconds for one, of the fastest round.
double fastest(int rounds, const std::function<void()>& body) {
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < rounds; ++round) {
    const auto before = std::chrono::steady_clock::now();
    for (int i = 0; i < kRepeats; ++i)
      body();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - before;
    best = std::min(best, took.count() / kRepeats);
  }
  return best;
}

void print_rows(int rounds) {
  OwnClaims claims;
  const access::GuardOptions options;
  const std::vector<std::string> clusters{"hpc"};
  const access::Reader reader{
      .user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  const access::Guard guard(claims, options, reader);
  const lb::AccessSettings settings;
  const promql::QueryTimes times{.start = std::chrono::milliseconds(kNowMs - 3'600'000),
                                 .end = std::chrono::milliseconds(kNowMs),
                                 .step = std::chrono::milliseconds(60'000)};
  fmt::print(
      "| query | bytes | read, µs | read and write, µs | guarded, µs | whole request, µs |\n"
      "| --- | ---: | ---: | ---: | ---: | ---: |\n");
  for (const Query& query : kQueries) {
    http::Request request;
    request.method = "POST";
    request.target = "/api/v1/query_range";
    request.fields.add("Content-Type", "application/x-www-form-urlencoded");
    request.body = http::encode_form(
        {{"query", query.text}, {"start", "1699996400"}, {"end", "1700000000"}, {"step", "60"}});
    const auto route = lb::find_tsdb_route(request.method, request.target);
    std::size_t sink = 0;
    const double read = fastest(rounds, [&] { sink += promql::parse(query.text).has_value() ? 1 : 0; });
    const double printed =
        fastest(rounds, [&] { sink += promql::print(**promql::parse(query.text)).size(); });
    const double guarded = fastest(rounds, [&] {
      sink += access::guard_query(query.text, times, settings.lookback, guard).value_or("").size();
    });
    const double whole = fastest(rounds, [&] {
      sink +=
          lb::guard_request(*route, request, guard, settings, kNowMs).value_or(lb::TsdbRequest()).body.size();
    });
    fmt::print("| {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n", query.what,
               std::string_view(query.text).size(), read, printed, guarded, whole);
    if (sink == 0) fmt::print(stderr, "nothing passed: {}\n", query.text);
  }
}

}  // namespace
}  // namespace ceems::bench

int main(int count, char** words) {
  int rounds = 20;
  if (count == 3 && std::string_view(words[1]) == "--rounds")
    rounds = static_cast<int>(ceems::base::parse_u64(words[2]).value_or(1));
  ceems::bench::print_rows(rounds);
  return 0;
}
