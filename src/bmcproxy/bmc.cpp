#include "bmcproxy/bmc.h"

#include "base/log.h"

#include <algorithm>

namespace ceems::bmcproxy {

namespace {

using http::ForwardFault;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kConnectTimeout{5'000};
constexpr int kMostDoublings = 5;
constexpr seconds kFirstPause{1};

}  // namespace

base::Result<std::shared_ptr<Bmc>> Bmc::create(const std::string& url, const Settings& settings) {
  http::UpstreamOptions options;
  options.url = url;
  options.config = settings.client;
  options.connect_timeout = std::min(kConnectTimeout, settings.limits.timeout);
  options.response_timeout = settings.limits.timeout;
  options.idle_timeout = settings.limits.timeout;
  options.total_timeout = 3 * settings.limits.timeout;
  options.max_kept = settings.limits.concurrent;
  options.keep_time = seconds(30);
  options.forwarded_for = false;
  options.user_agent = "ceems/redfish_proxy";
  CEEMS_TRY(auto upstream, http::Upstream::create(std::move(options)));
  return std::make_shared<Bmc>(url, std::move(upstream), settings.limits);
}

std::optional<ForwardFault> Bmc::silent(Clock::time_point now) const {
  return now < silent_until_ ? std::optional(fault_) : std::nullopt;
}

void Bmc::ended(const http::Outcome& outcome, Clock::time_point now) {
  const base::Logger log;
  if (outcome.fault == ForwardFault::kNone) {
    if (failures_ > 0) log.info("a BMC answers again", {{"url", url_}});
    failures_ = 0;
    silent_until_ = {};
    return;
  }
  if (!http::blames_upstream(outcome.fault)) return;
  if (failures_ == 0) log.warn("a BMC does not answer", {{"url", url_}, {"err", outcome.error}});
  fault_ = outcome.fault;
  silent_until_ = now + kFirstPause * (1 << std::min(failures_, kMostDoublings));
  ++failures_;
}

}  // namespace ceems::bmcproxy
