// From a request to a page: runs the collectors, writes their metrics and the exporter's own into one buffer,
// and shares the page among those who asked at the same time.
//
// A request gets a page whose collection began after the request arrived. Requests that arrive while a
// collection runs wait for its end and then share the next one; only a request that would lose more than half
// of its time by that takes the page that was being made when it arrived.
#pragma once

#include "collector/metric_source.h"
#include "collector/runner.h"
#include "collector/scrape_page.h"
#include "exposition/emitter.h"
#include "exposition/page.h"
#include "http/compression.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::collector {

// Its own metrics are the sums over all scrapes. Thread-safe but for emit() and stop().
class Scraper : public MetricSource {
 public:
  using Clock = std::chrono::steady_clock;

  // `sources` are written onto each page; they must outlive the scraper. Its own metrics, which say what
  // scraping costs, are written only if `show_cost`.
  Scraper(std::vector<std::unique_ptr<Collector>> collectors, std::vector<MetricSource*> sources,
          bool show_cost = true);

  // Blocks until the page is there, at the latest a moment after `deadline`.
  std::shared_ptr<const ScrapePage> scrape(Clock::time_point deadline);
  // The page in gzip; the text lives as long as the page.
  const std::string& compressed(const ScrapePage& page);
  std::string compress(std::string_view text);

  // Requests that wait for the end of a collection now.
  std::size_t waiting() const;

  // Samples and sections that were left off pages because they contradicted others.
  std::uint64_t conflicts() const { return conflicts_.load(std::memory_order_relaxed); }

  void emit(exposition::Emitter& emitter) override;
  std::span<const exposition::Family> families() const override;
  const CollectorRunner& runner() const { return runner_; }

  // From now on no collection takes longer than until `end`: for a program that is about to stop.
  void finish_by(Clock::time_point end);
  // See CollectorRunner::stop(). No scrape may be running.
  bool stop(std::chrono::milliseconds grace) { return runner_.stop(grace); }

 private:
  // The fastest: a page is sent once.
  static constexpr int kCompressionLevel = 1;

  std::shared_ptr<const ScrapePage> make_page(Clock::time_point deadline);
  void compress_into(std::string_view text, std::string& out);
  void add_cpu_time(std::chrono::nanoseconds used);

  CollectorRunner runner_;
  const std::vector<MetricSource*> sources_;
  const bool show_cost_;
  const std::shared_ptr<PagePool> pool_ = std::make_shared<PagePool>();

  // Used by the request that makes a page.
  exposition::Emitter emitter_;
  exposition::PageBuilder builder_;
  std::vector<std::string> known_conflicts_;

  std::mutex compressor_mutex_;  // guards compressor_
  http::Compressor compressor_{kCompressionLevel};

  std::atomic<std::uint64_t> conflicts_{0};
  std::atomic<std::uint64_t> scrapes_{0};
  std::atomic<std::uint64_t> coalesced_{0};
  std::atomic<std::uint64_t> page_bytes_{0};
  std::atomic<std::int64_t> own_cpu_ns_{0};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable finished_one_;
  bool collecting_ = false;
  Clock::time_point end_ = Clock::time_point::max();
  std::uint64_t begun_ = 0;     // collections
  std::uint64_t finished_ = 0;  // the number of the last that is finished
  std::size_t waiting_ = 0;
  std::shared_ptr<const ScrapePage> latest_;  // kept only while somebody waits for it
};

}  // namespace ceems::collector
