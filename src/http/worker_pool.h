// A bounded pool of threads for work that may block. Threads are made when work finds none idle, and stay.
// Signals are blocked in them, so that the main thread gets them all. submit() is thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace ceems::http {

class WorkerPool {
 public:
  using Job = std::move_only_function<void()>;

  WorkerPool(std::string name, std::size_t max_threads);  // name: at most 15 characters
  // Waits for running jobs; those not yet begun are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Jobs must not throw.
  void submit(Job job);

 private:
  void work();

  const std::string name_;
  const std::size_t max_threads_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::deque<Job> queue_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ceems::http
