// Claims that are asked for once and then known for a while, so that most decisions need no database.
#pragma once

#include "access/claims.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace ceems::access {

struct MemoryOptions {
  // For so long a user who has left a project, or an id that was given to another, is not noticed.
  std::chrono::milliseconds max_age{30'000};
  std::size_t max_claims = 200'000;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Failures are not remembered. Thread-safe.
class RememberedClaims {
 public:
  // `source` must outlive it.
  RememberedClaims(Claims& source, MemoryOptions options);
  ~RememberedClaims();

  // Asks the source for what it does not know.
  Claims& asking();
  // Never blocks: kNoData for what it does not know.
  Claims& knowing();

 private:
  class Memory;
  class Lookup;

  std::unique_ptr<Memory> memory_;
  std::unique_ptr<Claims> asking_;
  std::unique_ptr<Claims> knowing_;
};

}  // namespace ceems::access
