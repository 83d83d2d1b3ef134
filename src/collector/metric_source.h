// Something that the exporter knows about itself and can say at once, without reading anything slow: written
// onto every page beside what the collectors found.
#pragma once

#include "exposition/emitter.h"

#include <span>

namespace ceems::collector {

class MetricSource {
 public:
  MetricSource() = default;
  MetricSource(const MetricSource&) = delete;
  MetricSource& operator=(const MetricSource&) = delete;
  virtual ~MetricSource() = default;

  // Called for one page at a time, not always from the same thread.
  virtual void emit(exposition::Emitter& emitter) = 0;
  // Every family that emit() may write, for the reference manual.
  virtual std::span<const exposition::Family> families() const = 0;
};

}  // namespace ceems::collector
