#include "api/pipeline.h"

#include "api/client_address.h"
#include "api/compression.h"
#include "api/reply.h"
#include "base/log.h"
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace ceems::api {

namespace {

// Of the database: whoever asks is told how old it is.
constexpr std::int64_t kAnyAge = std::numeric_limits<std::int64_t>::max();

void add_limit_fields(const RateLimit::Verdict& verdict, http::Response& response) {
  response.fields.set("X-RateLimit-Limit", fmt::format("{}", verdict.limit));
  response.fields.set("X-RateLimit-Remaining", fmt::format("{}", verdict.remaining));
  response.fields.set("X-RateLimit-Reset", fmt::format("{}", verdict.reset_seconds));
}

http::Response too_many_requests() {
  http::Response response = http::text_response(429, "Too Many Requests\n");
  response.fields.set("Retry-After", "60");
  return response;
}

access::Peer peer_of(const http::Request& request) {
  return {request.peer_address, !request.authenticated_user.empty()};
}

// A log is read by people, and must not be filled by one client.
std::string shown(const std::string& target) {
  constexpr std::size_t kMostShown = 2'000;
  if (target.size() <= kMostShown) return target;
  return target.substr(0, kMostShown) + fmt::format("… ({} bytes)", target.size());
}

}  // namespace

base::Result<std::shared_ptr<Pipeline>> Pipeline::create(Options options, store::Reader& reader,
                                                         const access::Directory& directory) {
  CEEMS_TRY(Cors cors, Cors::create(options.cors_origins, options.user_headers));
  if (options.compression) CEEMS_TRY_VOID(check_compression_level(*options.compression));
  return std::make_shared<Pipeline>(std::move(options), std::move(cors), reader, directory);
}

Pipeline::Pipeline(Options options, Cors cors, store::Reader& reader, const access::Directory& directory)
    : options_(std::move(options)),
      cors_(std::move(cors)),
      claims_(access::make_database_claims(reader, kAnyAge)),
      backend_{reader, directory, *claims_, options_.max_period, options_.exact_usage, options_.now} {
  if (options_.max_requests > 0) rate_limit_.emplace(options_.max_requests);
}

http::Handler Pipeline::for_callers(std::shared_ptr<Pipeline> pipeline, const ApiRoute& route) {
  return [pipeline = std::move(pipeline), &route](const http::Request& request) {
    const auto start = std::chrono::steady_clock::now();
    http::Response response =
        pipeline->finish(request, [&](const http::Request& inner) { return pipeline->answer(inner, route); });
    if (const auto& count = pipeline->options_.count)
      count(route.path, response.status, std::chrono::steady_clock::now() - start);
    return response;
  };
}

http::Handler Pipeline::for_anybody(std::shared_ptr<Pipeline> pipeline, http::Handler handler) {
  return [pipeline = std::move(pipeline), handler = std::move(handler)](const http::Request& request) {
    return pipeline->finish(request, handler);
  };
}

http::Response Pipeline::answer(const http::Request& request, const ApiRoute& route) {
  access::Caller caller;
  if (route.audience != Audience::kAnybody) {
    const auto known =
        access::identify(user_of(request), peer_of(request), options_.peers, backend_.directory);
    if (!known) return error_reply(ErrorType::kUnauthorized, "no user identified");
    caller = *known;
    base::Logger().info("request", {{"user", caller.user}, {"url", shown(request.target)}});
  }
  if (route.audience == Audience::kAdministrators && !caller.admin)
    return error_reply(ErrorType::kForbidden, "current user does not have admin privileges");
  if (route.audience == Audience::kServiceAccount && !caller.service)
    return error_reply(ErrorType::kForbidden, "current user is not the service account");
  auto parameters = Parameters::parse(request.query());
  if (!parameters) return error_reply(ErrorType::kBadData, "invalid request");
  parameters->keep_only([&](std::string_view name) {
    return std::ranges::find(route.parameters, name, &RouteParameter::name) != route.parameters.end();
  });
  return route.handler(backend_, {std::move(caller), *std::move(parameters)});
}

http::Response Pipeline::finish(const http::Request& request, const http::Handler& handler) {
  std::optional<RateLimit::Verdict> verdict;
  if (rate_limit_)
    verdict = rate_limit_->count(client_key(client_address(request, options_.peers)), options_.now());

  http::Response response;
  if (verdict && !verdict->allowed) {
    response = too_many_requests();
  } else if (request.method != "OPTIONS") {  // a preflight is answered by its fields alone
    response = handler(request);
    if (options_.compression) compress(request, response, static_cast<int>(*options_.compression));
  }
  if (verdict) add_limit_fields(*verdict, response);
  cors_.apply(request, response);
  return response;
}

std::string_view Pipeline::user_of(const http::Request& request) const {
  for (const std::string& name : options_.user_headers) {
    const std::string_view value = base::trim(request.fields.find(name).value_or(""));
    if (value.empty()) continue;
    // Of two names one may be the client's own, beside the one that the proxy added.
    const auto differs = [&](const http::Fields::Entry& field) {
      return base::equals_ignoring_case(field.first, name) && base::trim(field.second) != value;
    };
    return std::ranges::any_of(request.fields.entries(), differs) ? std::string_view() : value;
  }
  return "";
}

}  // namespace ceems::api
