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

// What decisions rest on.
struct Grounds {
  std::chrono::steady_clock::time_point since{};  // the oldest answer is from then, or later
  // Nothing but claims of ids that nobody else ever had: the same for every window.
  bool at_all_times = true;
};

// Failures are not remembered. Thread-safe.
class RememberedClaims {
 public:
  class Dated;

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
  std::unique_ptr<Lookup> asking_;
  std::unique_ptr<Lookup> knowing_;
};

// The claims of one decision, and the grounds that they are for it. Not thread-safe.
class RememberedClaims::Dated final : public Claims {
 public:
  // `asks`: as asking(), else as knowing(). `memory` must outlive it.
  Dated(RememberedClaims& memory, bool asks);

  base::Result<bool> is_admin(const std::string& user) override;
  base::Result<std::vector<Claim>> of_ids(const std::string& user, const std::string& cluster_id,
                                          const std::vector<std::string>& uuids) override;
  base::Result<ClaimList> in_window(const std::string& user, const std::string& cluster_id,
                                    const store::TimeRange& window, std::size_t limit) override;

  const Grounds& grounds() const { return grounds_; }

 private:
  Lookup& lookup_;
  Grounds grounds_;
};

}  // namespace ceems::access
