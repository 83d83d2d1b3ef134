#include "api/cors.h"

#include "base/text.h"

#include <re2/re2.h>

namespace ceems::api {

base::Result<Cors> Cors::create(const std::string& origins, const std::vector<std::string>& user_headers) {
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  Cors cors;
  cors.origins_ = std::make_shared<const re2::RE2>(origins, options);
  if (!cors.origins_->ok())
    return base::fail(base::ErrorCode::kInvalid, "", "allowed origins are no regular expression: {}",
                      cors.origins_->error());
  cors.allowed_headers_ = "Accept, Authorization, Content-Type, Origin, " + base::join(user_headers, ", ");
  return cors;
}

void Cors::apply(const http::Request& request, http::Response& response) const {
  const auto origin = request.fields.find("Origin");
  if (!origin || origin->empty()) return;
  response.fields.set("Access-Control-Allow-Headers", allowed_headers_);
  response.fields.set("Access-Control-Allow-Methods", "GET");
  if (re2::RE2::FullMatch({origin->data(), origin->size()}, *origins_))
    response.fields.set("Access-Control-Allow-Origin", std::string(*origin));
  response.fields.set("Access-Control-Expose-Headers", "Date");
  response.fields.add("Vary", "Origin");
}

}  // namespace ceems::api
