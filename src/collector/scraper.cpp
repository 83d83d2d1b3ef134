#include "collector/scraper.h"

#include "base/allocations.h"
#include "base/cpu_clock.h"
#include "base/log.h"

#include <algorithm>
#include <array>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr Family kScrapes{"ceems_exporter_scrapes_total", MetricType::kCounter,
                          "Collections made, each for one page.", ""};
constexpr Family kCoalesced{"ceems_exporter_coalesced_scrapes_total", MetricType::kCounter,
                            "Requests that were answered with a page made for another request too.", ""};
constexpr Family kCpu{"ceems_exporter_scrape_cpu_seconds_total", MetricType::kCounter,
                      "Processor time spent on collecting, writing and compressing pages, in seconds.", ""};
constexpr Family kPageBytes{"ceems_exporter_page_bytes", MetricType::kGauge,
                            "Size of the page before this one, uncompressed.", ""};
constexpr Family kAllocations{"ceems_exporter_allocations_total", MetricType::kCounter,
                              "Blocks of memory that the exporter has asked for since it started.", ""};
constexpr std::array kFamilies{kScrapes, kCoalesced, kCpu, kPageBytes, kAllocations};

}  // namespace

Scraper::Scraper(std::vector<std::unique_ptr<Collector>> collectors, std::vector<MetricSource*> sources,
                 bool show_cost)
    : runner_(std::move(collectors)), sources_(std::move(sources)), show_cost_(show_cost) {}

std::shared_ptr<const ScrapePage> Scraper::scrape(Clock::time_point deadline) {
  const Clock::time_point arrived = Clock::now();
  const Clock::time_point half_time = arrived + (deadline - arrived) / 2;
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = begun_ + 1;  // the first collection that begins from now on
  while (collecting_ && finished_ < wanted) {
    ++waiting_;
    const auto has_finished = [this, seen = finished_] { return finished_ != seen; };
    if (!finished_one_.wait_until(lock, half_time, has_finished)) {
      runner_.hurry(deadline);
      finished_one_.wait(lock, has_finished);
    }
    --waiting_;
    std::shared_ptr<const ScrapePage> page = latest_;
    if (waiting_ == 0) latest_.reset();
    if (finished_ >= wanted || Clock::now() > half_time) {
      coalesced_.fetch_add(1, std::memory_order_relaxed);
      return page;
    }
  }
  collecting_ = true;
  ++begun_;
  const Clock::time_point end = std::min(deadline, end_);
  lock.unlock();
  std::shared_ptr<const ScrapePage> page = make_page(end);
  lock.lock();
  collecting_ = false;
  finished_ = begun_;
  if (waiting_ > 0) latest_ = page;
  finished_one_.notify_all();
  return page;
}

// Called by one request at a time: `collecting_` is its lock.
std::shared_ptr<const ScrapePage> Scraper::make_page(Clock::time_point deadline) {
  scrapes_.fetch_add(1, std::memory_order_relaxed);
  const auto cpu_before = base::thread_cpu_time();
  runner_.collect(deadline);
  emitter_.clear();
  runner_.emit(emitter_);
  if (show_cost_) emit(emitter_);
  for (MetricSource* source : sources_)
    source->emit(emitter_);
  auto page = std::make_shared<ScrapePage>(pool_);
  const std::vector<std::string>& conflicts = builder_.build(emitter_, page->writable_text());
  if (!conflicts.empty()) conflicts_.fetch_add(conflicts.size(), std::memory_order_relaxed);
  if (conflicts != known_conflicts_) {
    for (const std::string& name : conflicts)
      base::Logger().error("contradicting or repeated samples were left out", {{"metric", name}});
    known_conflicts_ = conflicts;
  }
  page_bytes_.store(page->text().size(), std::memory_order_relaxed);
  add_cpu_time(base::thread_cpu_time() - cpu_before);
  return page;
}

const std::string& Scraper::compressed(const ScrapePage& page) {
  return page.gzip([this](std::string_view text, std::string& out) { compress_into(text, out); });
}

std::string Scraper::compress(std::string_view text) {
  std::string out;
  compress_into(text, out);
  return out;
}

void Scraper::compress_into(std::string_view text, std::string& out) {
  const std::lock_guard lock(compressor_mutex_);
  const auto cpu_before = base::thread_cpu_time();
  compressor_.compress(text, http::Coding::kGzip, out);
  add_cpu_time(base::thread_cpu_time() - cpu_before);
}

void Scraper::finish_by(Clock::time_point end) {
  const std::lock_guard lock(mutex_);
  end_ = end;
  runner_.hurry(end);
}

std::size_t Scraper::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

void Scraper::add_cpu_time(std::chrono::nanoseconds used) {
  own_cpu_ns_.fetch_add(used.count(), std::memory_order_relaxed);
}

void Scraper::emit(exposition::Emitter& emitter) {
  const std::chrono::duration<double> cpu =
      runner_.cpu_time() + std::chrono::nanoseconds(own_cpu_ns_.load(std::memory_order_relaxed));
  emitter.begin(kScrapes);
  emitter.sample("", scrapes_.load(std::memory_order_relaxed));
  emitter.begin(kCoalesced);
  emitter.sample("", coalesced_.load(std::memory_order_relaxed));
  emitter.begin(kCpu);
  emitter.sample("", cpu.count());
  emitter.begin(kPageBytes);
  emitter.sample("", page_bytes_.load(std::memory_order_relaxed));
  const auto allocations = base::allocation_count();
  if (!allocations) return;
  emitter.begin(kAllocations);
  emitter.sample("", *allocations);
}

std::span<const Family> Scraper::families() const {
  return kFamilies;
}

}  // namespace ceems::collector
