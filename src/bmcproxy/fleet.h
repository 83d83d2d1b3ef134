// The BMCs that are asked at the moment. Bounded; those that were not asked for long are forgotten. For the
// network thread only.
#pragma once

#include "base/result.h"
#include "bmcproxy/bmc.h"
#include "bmcproxy/self_metrics.h"
#include "bmcproxy/settings.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace ceems::bmcproxy {

class Fleet {
 public:
  static constexpr std::size_t kMost = 16'384;
  static constexpr std::chrono::minutes kForgottenAfter{10};

  // `settings` must outlive it.
  explicit Fleet(const Settings& settings) : settings_(settings) {}

  // kUnavailable: too many; else as Bmc::create().
  base::Result<std::shared_ptr<Bmc>> find(const std::string& url, Bmc::Clock::time_point now);
  Load load(Bmc::Clock::time_point now) const;  // without the sessions

 private:
  const Settings& settings_;
  std::map<std::string, std::shared_ptr<Bmc>, std::less<>> bmcs_;
};

}  // namespace ceems::bmcproxy
