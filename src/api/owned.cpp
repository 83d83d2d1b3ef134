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

// Whom and what a request is about.
struct Question {
  std::string user;
  std::string cluster_id;
  std::vector<std::string> uuids;
};

base::Result<Question> read_question(const Backend& backend, const Parameters& parameters) {
  Question question;
  CEEMS_TRY(question.user, read_name(parameters, "user"));
  CEEMS_TRY(question.cluster_id, read_name(parameters, "cluster_id"));
  question.uuids = parameters.list("uuid");
  if (question.uuids.size() > kMaxIds)
    return base::fail(base::ErrorCode::kInvalid, "", "query parameter 'uuid': more than {} values", kMaxIds);
  if (!question.uuids.empty()) return question;
  CEEMS_TRY(const store::TimeRange window, read_range(parameters));
  CEEMS_TRY(const std::size_t limit, read_limit(parameters));
  CEEMS_TRY(question.uuids,
            access::ids_in_window(backend.reader, question.user, question.cluster_id, window, limit));
  return question;
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
  auto question = read_question(backend, call.parameters);
  if (!question) return refuse(question.error());
  // What is held is the ids; claims are made for some of them at a time.
  http::Response response =
      streamed_reply([&claims = backend.claims, question = *std::move(question),
                      next = std::size_t{0}](std::string& out) mutable -> base::Result<bool> {
        const std::size_t end = std::min(question.uuids.size(), next + kRowsPerPiece);
        if (next == end) return false;
        const auto at = [&](std::size_t i) {
          return question.uuids.begin() + static_cast<std::ptrdiff_t>(i);
        };
        const std::vector<std::string> some(at(next), at(end));
        CEEMS_TRY(const std::vector<access::Claim> found,
                  claims.of_ids(question.user, question.cluster_id, some));
        bool first = true;
        for (const access::Claim& claim : found) {
          if (!first) out += ',';
          first = false;
          append_claim(out, claim);
        }
        next = end;
        return true;
      });
  add_database_age(response, *age);
  return response;
}

}  // namespace ceems::api
