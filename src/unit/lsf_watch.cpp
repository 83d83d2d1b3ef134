#include "unit/lsf_watch.h"

#include "base/fd.h"
#include "base/process.h"
#include "base/quiet_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>

namespace ceems::unit {

namespace {

using base::ErrorCode;

constexpr std::size_t kLargestAnswer = std::size_t{16} << 20;
constexpr std::size_t kShownError = 200;

base::Result<LsfWatch::Jobs> run_bjobs(const LsfWatchOptions& options, int cancel_fd) {
  const std::string host = options.hostnames.empty() ? "" : options.hostnames.front();
  base::ChildOptions child;
  child.arguments = {options.bjobs.empty() ? "bjobs" : options.bjobs,  "-u", "all", "-m", host, "-json", "-o",
                     "jobid jobindex alloc_slot nalloc_slot gpu_alloc"};
  if (!options.search_path.empty()) child.search_path = options.search_path;
  child.timeout = options.timeout;
  child.output_limit = kLargestAnswer;
  child.cancel_fd = cancel_fd;
  CEEMS_TRY(const base::ChildResult result, base::run_child(child));
  // Its JSON says too that there are no jobs.
  if (result.exit_status != 0)
    return base::fail(ErrorCode::kUnavailable, child.arguments.front(), "exit status {}: {}",
                      result.exit_status,
                      result.errors.substr(0, std::min(result.errors.find('\n'), kShownError)));
  return parse_lsf_jobs(result.output, options.hostnames);
}

}  // namespace

struct LsfWatch::Shared {
  Shared(LsfWatchOptions given, const base::Logger& logger)
      : options(std::move(given)), log(logger), cancel(::eventfd(0, EFD_CLOEXEC)) {}

  const LsfWatchOptions options;
  const base::Logger log;
  const base::Fd cancel;  // readable once the thread is to end

  mutable std::mutex mutex;  // guards what follows; never held while bjobs runs
  std::condition_variable changed;
  bool stopping = false;
  bool wanted = false;
  View view;

  std::thread thread;  // of whoever starts and stops
};

// The body of the thread.
class LsfWatch::Loop {
 public:
  explicit Loop(Shared& shared) : shared_(shared), retry_(shared.options.retry_first) {}

  void run() {
    do
      look();
    while (!sleep());
  }

 private:
  // True when the thread is to end.
  bool sleep() {
    std::unique_lock lock(shared_.mutex);
    // A bjobs that fails is not asked for each job that comes.
    const auto time = failed_ ? retry_ : shared_.options.interval;
    shared_.changed.wait_for(lock, time, [&] { return shared_.stopping || (shared_.wanted && !failed_); });
    shared_.wanted = false;
    return shared_.stopping;
  }

  void look() {
    auto jobs = run_bjobs(shared_.options, shared_.cancel.get());
    if (!jobs && jobs.error().code == ErrorCode::kCancelled) return;
    if (failed_) retry_ = std::min(2 * retry_, shared_.options.interval);
    failed_ = !jobs;
    if (jobs) retry_ = shared_.options.retry_first;
    say(jobs ? nullptr : &jobs.error());
    const std::lock_guard lock(shared_.mutex);
    ++shared_.view.asked;
    shared_.view.failed = failed_;
    if (jobs && (shared_.view.jobs == nullptr || *shared_.view.jobs != *jobs))
      shared_.view.jobs = std::make_shared<const Jobs>(*std::move(jobs));
  }

  void say(const base::Error* error) {
    const std::string problem = error == nullptr ? "" : error->text();
    if (problem == problem_) return;
    if (error != nullptr) {
      shared_.log.warn("LSF does not say what its jobs were given; it is tried again from time to time",
                       {{"err", *error}});
    } else {
      shared_.log.info("LSF says again what its jobs were given");
    }
    problem_ = problem;
  }

  Shared& shared_;
  std::chrono::milliseconds retry_;
  bool failed_ = false;
  std::string problem_;  // as the log was told
};

LsfWatch::LsfWatch(LsfWatchOptions options, const base::Logger& log)
    : shared_(std::make_unique<Shared>(std::move(options), log)) {}

LsfWatch::~LsfWatch() {
  stop();
}

void LsfWatch::ask() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->wanted = true;
  }
  shared_->changed.notify_all();
  if (shared_->thread.joinable() || shared_->stopping) return;
  base::Result<std::thread> thread =
      base::quiet_thread("lsf-jobs", [shared = shared_.get()] { Loop(*shared).run(); });
  if (thread) {
    shared_->thread = std::move(*thread);
  } else {
    shared_->log.error("no thread to ask LSF", {{"err", thread.error().message}});
  }
}

LsfWatch::View LsfWatch::view() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->view;
}

void LsfWatch::stop() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  const std::uint64_t one = 1;
  // If it can't be written it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(shared_->cancel.get(), &one, sizeof one);
  shared_->changed.notify_all();
  if (shared_->thread.joinable()) shared_->thread.join();
}

}  // namespace ceems::unit
