#include "manager/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace ceems::manager {

base::Status ask_all(std::size_t count, std::size_t threads,
                     const std::function<base::Status(std::size_t)>& ask) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  std::mutex mutex;
  base::Status result;  // guarded by mutex
  const auto work = [&] {
    while (!failed) {
      const std::size_t index = next++;
      if (index >= count) return;
      base::Status status = ask(index);
      if (status) continue;
      failed = true;
      const std::lock_guard lock(mutex);
      if (result) result = std::move(status);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 1; i < std::min(count, threads); ++i)
      workers.emplace_back(work);
    work();
  }
  return result;
}

}  // namespace ceems::manager
