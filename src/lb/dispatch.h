// Sends a decided request to a server, and to a second one if the first fails.
#pragma once

#include "http/forward.h"
#include "lb/backends.h"
#include "lb/guarded.h"
#include "lb/request.h"
#include "lb/self_metrics.h"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

namespace ceems::lb {

// What is sent.
struct Outgoing {
  std::string method;
  std::string target;
  http::Fields fields;
  std::variant<http::ClientBody, std::string> body;
  bool idempotent = false;
  bool tames_errors = false;  // see error_answer.h
  AnswerEdit edit = {};
};

// The answer to it: 503 where no server lives. `metrics` outlives the request.
http::Answer dispatch(std::shared_ptr<Backends> backends, SelfMetrics& metrics, Asked asked,
                      Outgoing outgoing);

}  // namespace ceems::lb
