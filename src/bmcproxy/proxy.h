// What becomes of a request to the proxy: which BMC it is for, whether that may be asked, and whether it has
// to be asked at all. The order of things: paths and methods, the BMC, an answer that is there already, the
// BMC's turn.
#pragma once

#include "base/address_list.h"
#include "base/result.h"
#include "bmcproxy/self_metrics.h"
#include "bmcproxy/settings.h"
#include "http/server.h"

#include <memory>

namespace ceems::bmcproxy {

class Proxy;

// Where requests come in. What stands behind it may be exchanged while they run: each is ended by the one
// that it came to.
class Entrance {
 public:
  // Peers in `trusted` are believed when they say for whom they ask (X-Real-IP). Errors: settings that can't
  // be used, a certificate that can't be read. `metrics` outlives all requests.
  static base::Result<std::unique_ptr<Entrance>> create(const Settings& settings, base::AddressList trusted,
                                                        SelfMetrics& metrics);
  // An error leaves everything as it is. Thread-safe.
  base::Status exchange(const Settings& settings);

  // Takes every path. May outlive the entrance.
  http::Route route() const;
  // For the network thread.
  Load load() const;

 private:
  struct Slot;

  Entrance(base::AddressList trusted, SelfMetrics& metrics);
  const base::AddressList trusted_;
  SelfMetrics& metrics_;
  std::shared_ptr<Slot> slot_;
};

}  // namespace ceems::bmcproxy
