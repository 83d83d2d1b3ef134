#include "base/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CEEMS_COUNT_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CEEMS_COUNT_ALLOCATIONS 0
#endif
#endif
#ifndef CEEMS_COUNT_ALLOCATIONS
#define CEEMS_COUNT_ALLOCATIONS 1
#endif

#if CEEMS_COUNT_ALLOCATIONS

namespace {

std::atomic<std::uint64_t> count{0};

}  // namespace

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

std::optional<std::uint64_t> ceems::base::allocation_count() {
  return count.load(std::memory_order_relaxed);
}

#else

std::optional<std::uint64_t> ceems::base::allocation_count() {
  return std::nullopt;
}

#endif
