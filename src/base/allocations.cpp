#include "base/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};

}  // namespace

namespace ceems::base {

std::uint64_t allocation_count() {
  return count.load(std::memory_order_relaxed);
}

}  // namespace ceems::base

// The array, nothrow and sized forms of the standard library end up in these.
void* operator new(std::size_t size) {
  count.fetch_add(1, std::memory_order_relaxed);
  while (true) {
    void* const memory = std::malloc(size == 0 ? 1 : size);
    if (memory != nullptr) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
