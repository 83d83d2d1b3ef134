// A management controller that takes connections and commands, and never answers.
#pragma once

#include "base/fd.h"
#include "base/result.h"

#include <string>
#include <utility>
#include <vector>

namespace ceems::bench {

class HangingBmc {
 public:
  static base::Result<HangingBmc> make();
  HangingBmc(HangingBmc&& other) noexcept
      : listener_(std::move(other.listener_)), configuration_(std::exchange(other.configuration_, "")) {}
  HangingBmc& operator=(HangingBmc&&) = delete;
  ~HangingBmc();

  // With which the exporter asks it, by Redfish and by IPMI.
  std::vector<std::string> exporter_flags() const;

 private:
  HangingBmc() = default;

  base::Fd listener_;          // nobody accepts: the kernel does
  std::string configuration_;  // path
};

}  // namespace ceems::bench
