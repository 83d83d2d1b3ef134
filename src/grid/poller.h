// Polling a service of emission factors in the background. A thread of its own asks at the service's pace,
// publishes each table as an immutable snapshot and keeps the last one whatever happens; who wants factors
// gets them and never waits. After a failure it is asked again soon, then less
// and less often, down to the usual pace; a service
// that says when to come again is not asked before. Pauses vary by a tenth, so that many exporters don't ask
// at the same moment. What goes wrong is logged when it begins and when it ends. Thread-safe.
#pragma once

#include "base/result.h"
#include "grid/provider.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace ceems::grid {

// What came of asking once.
struct Poll {
  std::shared_ptr<const FactorTable> table = {};        // null: nothing new
  std::optional<base::Error> problem = {};              // of what failed
  std::optional<std::chrono::milliseconds> pause = {};  // that the service asked for
};

// One service. poll() is called by one thread; cancel() by another, and makes poll() return soon.
class Service {
 public:
  Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  virtual ~Service() = default;

  virtual Poll poll(Instant now) = 0;
  virtual void cancel() = 0;
};

class PollingProvider final : public Provider {
 public:
  PollingProvider(ProviderInfo info, std::chrono::milliseconds interval, std::unique_ptr<Service> service);
  ~PollingProvider() override;  // stop(), not waiting for long

  const ProviderInfo& info() const override;
  std::shared_ptr<const FactorTable> factors() const override;
  std::optional<ProviderHealth> health() const override;
  void start() override;
  bool stop(std::chrono::milliseconds grace) override;

 private:
  struct Shared;  // outlives the provider if the thread is caught in a call
  std::shared_ptr<Shared> shared_;
};

// How long to wait after a poll. `failures`: how many before it brought nothing, in a row. One that brought
// something counts as good, whatever else failed: the rest can wait.
std::chrono::milliseconds pause_after(const Poll& poll, std::chrono::milliseconds interval, int failures);

}  // namespace ceems::grid
