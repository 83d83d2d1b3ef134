#include "access/claims.h"
#include "access/intervals.h"
#include "api/database_age.h"
#include "api/handlers.h"
#include "api/json.h"
#include "api/reply.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ceems::api {

namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSecondMs = 1'000;

constexpr std::size_t kMaxIds = 10'000;
constexpr std::int64_t kMaxUnits = 100'000;
constexpr std::int64_t kUsualUnits = 5'000;
constexpr std::size_t kRowsPerPiece = 500;

base::Result<std::string> read_name(const Parameters& parameters, const char* name) {
  const auto values = parameters.list(name);
  if (values.size() != 1)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter '{}': must be given once", name);
  return values.front();
}

base::Result<std::int64_t> read_seconds(const Parameters& parameters, const char* name) {
  const auto seconds = parameters.integer(name);
  if (!seconds || !*seconds)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter '{}': malformed timestamp", name);
  return std::clamp(**seconds, kFirst / kSecondMs + 1, kLast / kSecondMs - 1);
}

// To the end of the last second.
base::Result<store::TimeRange> read_range(const Parameters& parameters) {
  CEEMS_TRY(const std::int64_t from, read_seconds(parameters, "from"));
  CEEMS_TRY(const std::int64_t to, read_seconds(parameters, "to"));
  return store::TimeRange{from * kSecondMs, to * kSecondMs + kSecondMs - 1};
}

base::Result<std::size_t> read_limit(const Parameters& parameters) {
  const auto limit = parameters.integer("limit");
  const std::int64_t units = limit ? limit->value_or(kUsualUnits) : 0;
  if (units < 1 || units > kMaxUnits)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter 'limit': must be between 1 and {}",
                      kMaxUnits);
  return static_cast<std::size_t>(units);
}

base::Result<access::ClaimList> find_claims(const Backend& backend, const Parameters& parameters) {
  CEEMS_TRY(const std::string user, read_name(parameters, "user"));
  CEEMS_TRY(const std::string cluster_id, read_name(parameters, "cluster_id"));
  const auto uuids = parameters.list("uuid");
  if (uuids.size() > kMaxIds)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter 'uuid': more than {} values", kMaxIds);
  if (!uuids.empty()) {
    CEEMS_TRY(auto claims, backend.claims.of_ids(user, cluster_id, uuids));
    return std::make_shared<const std::vector<access::Claim>>(std::move(claims));
  }
  CEEMS_TRY(const store::TimeRange window, read_range(parameters));
  CEEMS_TRY(const std::size_t limit, read_limit(parameters));
  return backend.claims.in_window(user, cluster_id, window, limit);
}

void append_time(std::string& out, std::int64_t time_ms) {
  if (time_ms == kFirst || time_ms == kLast) {
    out += "null";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", time_ms);
  }
}

void append_claim(std::string& out, const access::Claim& claim) {
  out += "{\"uuid\":";
  append_string(out, claim.uuid);
  out += claim.owned ? ",\"owned\":true" : ",\"owned\":false";
  out += ",\"nobody_else\":[";
  bool first = true;
  for (const store::TimeRange& range : access::complement(claim.foreign)) {
    out += first ? "[" : ",[";
    first = false;
    append_time(out, range.from_ms);
    out += ',';
    append_time(out, range.to_ms);
    out += ']';
  }
  out += "]}";
}

http::Response refuse(const base::Error& error) {
  if (error.code == base::ErrorCode::kInvalid) return error_reply(ErrorType::kBadData, error.message);
  if (error.code == base::ErrorCode::kTooLarge) return error_reply(ErrorType::kExecution, error.message);
  return internal_error(error);
}

}  // namespace

http::Response owned(const Backend& backend, const Call& call) {
  // What was read afterwards is no older than that.
  const auto age = database_age(backend.reader);
  if (!age) return internal_error(age.error());
  auto found = find_claims(backend, call.parameters);
  if (!found) return refuse(found.error());
  http::Response response = streamed_reply(
      [claims = *std::move(found), next = std::size_t{0}](std::string& out) mutable -> base::Result<bool> {
        const std::size_t end = std::min(claims->size(), next + kRowsPerPiece);
        const bool any = next < end;
        for (std::size_t i = next; i < end; ++i) {
          if (i > next) out += ',';
          append_claim(out, (*claims)[i]);
        }
        next = end;
        return any;
      });
  add_database_age(response, *age);
  return response;
}

}  // namespace ceems::api
