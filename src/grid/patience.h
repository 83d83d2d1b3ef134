// When a service may be asked again: what it says in answers about its rate limit and its quota. Pure.
#pragma once

#include "grid/emission_factor.h"
#include "http/message.h"

#include <chrono>
#include <optional>

namespace ceems::grid {

// From answers 429 and 503: field Retry-After (RFC 9110 §10.2.3: seconds or a date). From any answer that
// says that nothing is left of a quota (X-RateLimit-Remaining: 0): X-RateLimit-Reset, which services write as
// a time, in seconds since the epoch, or as a number of seconds. From the body of a 429: `reset_time`
// (Opendatasoft). Nothing if the answer doesn't ask for a pause; never negative.
std::optional<std::chrono::milliseconds> asked_pause(const http::Response& answer, Instant now);

}  // namespace ceems::grid
