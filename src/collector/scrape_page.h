// The finished page of one scrape, shared as immutable text by all who asked at the same time, and the pool
// that its buffers come from and go back to.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ceems::collector {

class PagePool {
 public:
  struct Buffers {
    std::string text;
    std::string gzip;
  };

  // Empty buffers, with room from earlier use if there is some.
  Buffers take();
  // Keeps a few for the next pages, but not those much larger than what they held.
  void give_back(Buffers buffers);

 private:
  static constexpr std::size_t kKept = 2;
  std::mutex mutex_;  // guards kept_
  std::vector<Buffers> kept_;
};

// Thread-safe once `text` is written.
class ScrapePage {
 public:
  explicit ScrapePage(std::shared_ptr<PagePool> pool) : pool_(std::move(pool)), buffers_(pool_->take()) {}
  ScrapePage(const ScrapePage&) = delete;
  ScrapePage& operator=(const ScrapePage&) = delete;
  ~ScrapePage() { pool_->give_back(std::move(buffers_)); }

  std::string& writable_text() { return buffers_.text; }
  const std::string& text() const { return buffers_.text; }
  // The text compressed by `compress(text, out)`: made once, for all who want it.
  template <class Compress>
  const std::string& gzip(const Compress& compress) const {
    std::call_once(gzip_once_, [&] { compress(buffers_.text, buffers_.gzip); });
    return buffers_.gzip;
  }

 private:
  const std::shared_ptr<PagePool> pool_;
  mutable PagePool::Buffers buffers_;
  mutable std::once_flag gzip_once_;
};

}  // namespace ceems::collector
