#include "unit/lsf_watch.h"

#include "base/process.h"
#include "base/watch_thread.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
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
  Shared(LsfWatchOptions given, const base::Logger& logger) : options(std::move(given)), log(logger) {}

  const LsfWatchOptions options;
  const base::Logger log;

  mutable std::mutex mutex;  // guards the view; never held while bjobs runs
  View view;

  base::WatchThread thread;  // ends before what it uses
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
    base::WatchThread& thread = shared_.thread;
    // A bjobs that fails is not asked for each job that comes.
    const auto wake = failed_ ? thread.wait_unwoken_for(retry_) : thread.wait_for(shared_.options.interval);
    return wake == base::WatchThread::Wake::kStopped;
  }

  void look() {
    auto jobs = run_bjobs(shared_.options, shared_.thread.cancel_fd());
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
      shared_.log.warn(
          "LSF does not say what its jobs were given; it is tried "
          "again from time to time",
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
  shared_->thread.wake();
  const auto started = shared_->thread.start("lsf-jobs", [shared = shared_.get()] { Loop(*shared).run(); });
  if (!started) shared_->log.error("no thread to ask LSF", {{"err", started.error().message}});
}

LsfWatch::View LsfWatch::view() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->view;
}

void LsfWatch::stop() {
  shared_->thread.stop();
}

}  // namespace ceems::unit
