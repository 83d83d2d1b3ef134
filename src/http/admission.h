// The replies that the server itself gives, and calls into the program that uses it.
#pragma once

#include "http/forward.h"
#include "http/head.h"
#include "http/server_core.h"

#include <optional>
#include <string>
#include <string_view>

namespace ceems::http {

Response unauthorized();
Response not_found();
Response method_not_allowed(std::string allowed_methods);  // with the Allow field, without a body
Response fault_response(HeadFault fault);
Response bad_gateway(const Outcome& outcome);  // or 504
Response moved_permanently(std::string path, std::string_view query);

// Calls the handler or filter; what it throws is logged and becomes a 500.
Response guarded_call(const ServerCore& core, const Handler& handler, const Request& request);
std::optional<Response> guarded_filter(const ServerCore& core, const Request& request);
void guarded_finish(const ServerCore& core, const Request& request, Response& response);
// The same for the steps of a decision.
Answer guarded_decide(const ServerCore& core, const Decider& decider, Request& request);
Answer guarded_step(const ServerCore& core, Step& step, Request& request);
Answer guarded_failure(const ServerCore& core, Forward& forward, const Outcome& outcome,
                       const Request& request);
base::Result<bool> guarded_produce(const BodyProducer& producer, std::string& chunk);

}  // namespace ceems::http
