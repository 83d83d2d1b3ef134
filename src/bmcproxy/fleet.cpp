#include "bmcproxy/fleet.h"

namespace ceems::bmcproxy {

base::Result<std::shared_ptr<Bmc>> Fleet::find(const std::string& url, Bmc::Clock::time_point now) {
  if (const auto known = bmcs_.find(url); known != bmcs_.end()) {
    known->second->used = now;
    return known->second;
  }
  if (bmcs_.size() >= kMost)
    std::erase_if(bmcs_, [&](const auto& entry) { return now - entry.second->used > kForgottenAfter; });
  if (bmcs_.size() >= kMost) return base::fail(base::ErrorCode::kUnavailable, url, "too many BMCs at a time");
  CEEMS_TRY(auto bmc, Bmc::create(url, settings_));
  bmc->used = now;
  bmcs_.emplace(url, bmc);
  return bmc;
}

Load Fleet::load(Bmc::Clock::time_point now) const {
  Load load;
  for (const auto& [url, bmc] : bmcs_) {
    load.bmcs += now - bmc->used <= kForgottenAfter ? 1 : 0;
    load.silent += bmc->silent(now) ? 1 : 0;
    load.in_flight += bmc->turnstile().in_flight();
    load.waiting += bmc->turnstile().waiting();
  }
  return load;
}

}  // namespace ceems::bmcproxy
