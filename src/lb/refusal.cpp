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

namespace {

std::string_view connect_code(int status) {
  switch (status) {
    case 400:
      return "invalid_argument";
    case 401:
      return "unauthenticated";
    case 403:
      return "permission_denied";
    case 413:
    case 422:
      return "resource_exhausted";
    default:
      return "unavailable";
  }
}

}  // namespace

std::string with_connect_error(int status, std::string_view envelope, std::string_view code) {
  boost::json::object object = boost::json::parse({envelope.data(), envelope.size()}).as_object();
  object["code"] = code.empty() ? connect_code(status) : code;
  object["message"] = object.at("error");
  return boost::json::serialize(object) + "\n";
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
