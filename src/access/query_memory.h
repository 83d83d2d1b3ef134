// Queries that were narrowed not long ago, so that a dashboard that asks again is not read, decided and
// printed again.
#pragma once

#include "access/generations.h"
#include "access/remembered_claims.h"
#include "promql/duration.h"
#include "store/model.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::access {

// Who asks what, for which samples: all that a narrowed query depends on besides the claims and what a guard
// is made with.
struct QueryQuestion {
  std::string_view user{};
  std::string_view cluster_id{};
  std::string_view query{};
  promql::QueryTimes times{};
  std::chrono::milliseconds look_back{};
  std::optional<store::TimeRange> also{};
};

struct QueryMemoryOptions {
  // That of the claims: what was narrowed is forgotten with the oldest claim that it was decided on.
  std::chrono::milliseconds max_age{30'000};
  std::size_t max_bytes = std::size_t{32} << 20;  // of questions and answers
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// For guards with the same options, clusters and neighbours. One answer for each text: the last. Thread-safe.
class QueryMemory {
 public:
  explicit QueryMemory(QueryMemoryOptions options = {});

  // What it was narrowed to. An answer that was decided at any time by claims that say the same at all times
  // is good for every time; any other just for the samples that it was asked for.
  std::shared_ptr<const std::string> find(const QueryQuestion& question);
  void keep(const QueryQuestion& question, std::string narrowed, const Grounds& grounds);

 private:
  struct Scope {
    std::chrono::milliseconds start{};
    std::chrono::milliseconds end{};
    std::chrono::milliseconds step{};
    std::chrono::milliseconds look_back{};
    std::optional<store::TimeRange> also{};
    friend bool operator==(const Scope&, const Scope&) = default;
  };
  struct Answer {
    std::shared_ptr<const std::string> narrowed{};
    std::optional<Scope> only{};  // absent: for every time
  };

  static Scope scope_of(const QueryQuestion& question);

  const QueryMemoryOptions options_;
  std::mutex mutex_;  // guards what follows
  std::string key_;   // kept to spare allocations
  Generations<Answer> answers_;
};

}  // namespace ceems::access
