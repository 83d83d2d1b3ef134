#include "collector/scrape_page.h"

namespace ceems::collector {

namespace {

constexpr std::size_t kSmallCapacity = std::size_t{64} << 10;

// A buffer that a page of former times made large does not stay large for ever.
bool is_oversized(const std::string& buffer) {
  return buffer.capacity() > kSmallCapacity && buffer.capacity() / 4 > buffer.size();
}

void tidy(std::string& buffer) {
  if (is_oversized(buffer)) std::string().swap(buffer);
  buffer.clear();
}

}  // namespace

PagePool::Buffers PagePool::take() {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return {};
  Buffers buffers = std::move(kept_.back());
  kept_.pop_back();
  return buffers;
}

void PagePool::give_back(Buffers buffers) {
  tidy(buffers.text);
  tidy(buffers.gzip);
  const std::lock_guard lock(mutex_);
  if (kept_.size() < kKept) kept_.push_back(std::move(buffers));
}

}  // namespace ceems::collector
