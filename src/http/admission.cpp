#include "http/admission.h"

#include <exception>
#include <utility>

namespace ceems::http {

namespace {

Response internal_error(const ServerCore& core, const Request& request, const char* what) {
  core.log.error("a request handler failed", {{"path", request.path()}, {"error", what}});
  return text_response(500, "Internal Server Error\n");
}

}  // namespace

Response unauthorized() {
  Response response = text_response(401, "Unauthorized\n");
  response.fields.add("WWW-Authenticate", "Basic");
  return response;
}

Response not_found() {
  return text_response(404, "404 page not found\n");
}

Response method_not_allowed(std::string allowed_methods) {
  Response response;
  response.status = 405;
  response.fields.add("Allow", std::move(allowed_methods));
  return response;
}

Response fault_response(HeadFault fault) {
  return text_response(fault.status,
                       fmt::format("{} {}: {}\n", fault.status, reason_phrase(fault.status), fault.reason));
}

Response bad_gateway(const Outcome& outcome) {
  const int status = outcome.error.code == base::ErrorCode::kTimeout ? 504 : 502;
  return text_response(status, fmt::format("{}\n", reason_phrase(status)));
}

Response moved_permanently(std::string path, std::string_view query) {
  Response response;
  response.status = 301;
  if (!query.empty()) path.append("?").append(query);
  response.fields.add("Location", std::move(path));
  return response;
}

Response guarded_call(const ServerCore& core, const Handler& handler, const Request& request) {
  try {
    return handler(request);
  } catch (const std::exception& exception) {
    return internal_error(core, request, exception.what());
  } catch (...) {
    return internal_error(core, request, "unknown exception");
  }
}

std::optional<Response> guarded_filter(const ServerCore& core, const Request& request) {
  try {
    return core.options.filter(request);
  } catch (const std::exception& exception) {
    return internal_error(core, request, exception.what());
  } catch (...) {
    return internal_error(core, request, "unknown exception");
  }
}

void guarded_finish(const ServerCore& core, const Request& request, Response& response) {
  if (!core.options.finish) return;
  try {
    core.options.finish(request, response);
  } catch (const std::exception& exception) {
    response = internal_error(core, request, exception.what());
  } catch (...) {
    response = internal_error(core, request, "unknown exception");
  }
}

Answer guarded_decide(const ServerCore& core, const Decider& decider, Request& request) {
  try {
    return decider(request);
  } catch (const std::exception& exception) {
    return internal_error(core, request, exception.what());
  } catch (...) {
    return internal_error(core, request, "unknown exception");
  }
}

Answer guarded_step(const ServerCore& core, Step& step, Request& request) {
  try {
    return step(request);
  } catch (const std::exception& exception) {
    return internal_error(core, request, exception.what());
  } catch (...) {
    return internal_error(core, request, "unknown exception");
  }
}

Answer guarded_failure(const ServerCore& core, Forward& forward, const Outcome& outcome,
                       const Request& request) {
  if (!forward.on_failure) return bad_gateway(outcome);
  auto on_failure = std::exchange(forward.on_failure, nullptr);
  forward.on_end = nullptr;
  try {
    Answer answer = on_failure(outcome, std::make_unique<Forward>(std::move(forward)));
    if (std::holds_alternative<Forward>(answer.step) && !outcome.can_retry) return bad_gateway(outcome);
    return answer;
  } catch (const std::exception& exception) {
    return internal_error(core, request, exception.what());
  } catch (...) {
    return internal_error(core, request, "unknown exception");
  }
}

base::Result<bool> guarded_produce(const BodyProducer& producer, std::string& chunk) {
  try {
    return producer(chunk);
  } catch (const std::exception& exception) {
    return base::fail(base::ErrorCode::kInternal, "", "{}", exception.what());
  } catch (...) {
    return base::fail(base::ErrorCode::kInternal, "", "unknown exception");
  }
}

}  // namespace ceems::http
