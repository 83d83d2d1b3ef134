// Asking a TSDB many questions, a few at a time.
#pragma once

#include "base/result.h"
#include "tsdb/client.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace ceems::update {

struct Question {
  std::string promql{};
  tsdb::TimePoint time{};
  tsdb::Milliseconds lookback{0};
};

// A number by `uuid`; samples without one are left out, of several the last counts.
using Answer = base::Result<std::unordered_map<std::string, double>>;

// Whether the server is out of service, rather than the question wrong.
bool is_out_of_service(const base::Error& error);

// One answer for each question, in order. When the server has not answered several times in a row, the rest
// is not asked and has that error. Fails only when cancelled.
base::Result<std::vector<Answer>> run_queries(tsdb::Client& client, const std::vector<Question>& questions);

}  // namespace ceems::update
