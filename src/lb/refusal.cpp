#include "lb/refusal.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace ceems::lb {

http::Response refusal(int status, std::string_view type, std::string_view message) {
  http::Response response;
  response.status = status;
  response.fields.add("Content-Type", "application/json");
  response.fields.add("X-Content-Type-Options", "nosniff");
  response.body = fmt::format("{{\"status\":\"error\",\"data\":null,\"errorType\":{},\"error\":{}}}\n",
                              boost::json::serialize(boost::json::string(type)),
                              boost::json::serialize(boost::json::string(message)));
  return response;
}

http::Response refusal(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::kInvalid:
      return refusal(400, "bad_data", error.text());
    case base::ErrorCode::kPermission:
      return refusal(403, "forbidden", error.text());
    case base::ErrorCode::kTooLarge:
      return refusal(422, "unprocessable", error.text() + ": ask for less time, or name the units");
    default:
      return refusal(503, "unavailable", "access cannot be decided at present");
  }
}

std::string_view refusal_reason(const base::Error& error) {
  switch (error.code) {
    case base::ErrorCode::kInvalid:
      return "invalid";
    case base::ErrorCode::kPermission:
      return "forbidden";
    case base::ErrorCode::kTooLarge:
      return "too-large";
    default:
      return "unavailable";
  }
}

}  // namespace ceems::lb
