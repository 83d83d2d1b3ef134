// Refreshing a slow source in the background. A thread of its own calls `read` at the source's pace and
// publishes what it returned as an immutable snapshot; who asks gets the latest and never waits. After an
// error the pace slows down by doubling, up to a bound; a source that is absent is looked for at that bound,
// and one that refuses is left alone for longer, because accounts get locked. All pauses vary by up to a
// tenth, so that many nodes don't ask a shared device at the same moment. A thread that is caught in a call
// which never returns is left behind by stop(). Thread-safe.
#pragma once

#include "base/result.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace ceems::power {

struct BackgroundOptions {
  std::string name;  // of the thread, at most 15 characters
  std::chrono::milliseconds interval{10'000};
  std::chrono::milliseconds retry_first{1'000};
  std::chrono::milliseconds retry_most{300'000};
  std::chrono::milliseconds retry_refused{60'000};  // at least, after kPermission
  // A snapshot that is older is not shown any more.
  std::chrono::milliseconds stale_after{60'000};
};

// How the source does.
struct SourceHealth {
  bool started = false;
  std::uint64_t readings = 0;  // good ones
  std::uint64_t errors = 0;
  std::optional<std::chrono::system_clock::time_point> last_success;
  std::optional<std::chrono::duration<double>> age;  // of the last good reading
  std::optional<base::Error> problem;                // of the last reading, if it failed
};

// The machinery without the snapshot's type.
class BackgroundLoop {
 public:
  // Gets a flag that tells when to give up. A snapshot, or why there is none; kNoData: the source is absent.
  using Read = std::function<base::Result<std::shared_ptr<const void>>(const std::atomic<bool>& stopping)>;

  BackgroundLoop(BackgroundOptions options, Read read);
  BackgroundLoop(const BackgroundLoop&) = delete;
  BackgroundLoop& operator=(const BackgroundLoop&) = delete;
  ~BackgroundLoop();  // stop() without grace

  void start();  // once; further calls do nothing
  // Null if there is none, or if it is stale.
  std::pair<std::shared_ptr<const void>, SourceHealth> view() const;
  // False if the thread is still in a call after `grace`.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  bool started_ = false;
};

template <class Snapshot>
class Background {
 public:
  using Read = std::function<base::Result<Snapshot>(const std::atomic<bool>& stopping)>;

  Background(BackgroundOptions options, Read read)
      : loop_(std::move(options),
              [read = std::move(read)](
                  const std::atomic<bool>& stopping) -> base::Result<std::shared_ptr<const void>> {
                CEEMS_TRY(auto snapshot, read(stopping));
                return std::make_shared<const Snapshot>(std::move(snapshot));
              }) {}

  struct View {
    std::shared_ptr<const Snapshot> snapshot;  // null if there is none, or if it is stale
    SourceHealth health;
  };

  void start() { loop_.start(); }
  View view() const {
    auto [snapshot, health] = loop_.view();
    return {std::static_pointer_cast<const Snapshot>(std::move(snapshot)), std::move(health)};
  }
  bool stop(std::chrono::milliseconds grace) { return loop_.stop(grace); }

 private:
  BackgroundLoop loop_;
};

}  // namespace ceems::power
