// The route that scrapers ask: limits, deadline, format and encoding around a Scraper; and the metrics of
// this route itself (promhttp_*), under the names that dashboards know. Thread-safe.
#pragma once

#include "collector/metric_source.h"
#include "collector/scraper.h"
#include "http/message.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ceems::collector {

// Counts of answers. A metric source of its own, because the page that a scraper makes shows them.
class HandlerMetrics : public MetricSource {
 public:
  void emit(exposition::Emitter& emitter) override;
  std::span<const exposition::Family> families() const override;

  std::atomic<std::int64_t> in_flight{0};
  std::atomic<std::uint64_t> answered_200{0};
  std::atomic<std::uint64_t> answered_500{0};
  std::atomic<std::uint64_t> answered_503{0};
  std::atomic<std::uint64_t> encoding_errors{0};
  // Samples left off pages; set by the endpoint.
  std::atomic<std::uint64_t> gathering_errors{0};
};

class MetricsEndpoint {
 public:
  // `max_requests`: at most so many at a time, 0 or less for no limit. Both references must outlive this.
  MetricsEndpoint(Scraper& scraper, HandlerMetrics& metrics, std::int64_t max_requests)
      : scraper_(scraper), metrics_(metrics), max_requests_(max_requests) {}

  http::Response handle(const http::Request& request);

 private:
  http::Response answer(const http::Request& request);

  Scraper& scraper_;
  HandlerMetrics& metrics_;
  const std::int64_t max_requests_;
};

// How long a collection may take: the scraper's own limit (field X-Prometheus-Scrape-Timeout-Seconds), 10 s
// if it states none or nonsense, less a margin for the answer's way back.
std::chrono::milliseconds scrape_budget(std::optional<std::string_view> timeout_seconds);

}  // namespace ceems::collector
