// Looks at all GPUs through NVML at its own pace, on a thread of its own, and publishes what it found. A call
// to NVML may hang for minutes: that costs the readings, and nobody who asks for them waits. The library may
// be absent, the driver may be loaded later, replaced or lost: the sampler tries again, less and less often,
// and says in the log when something changes.
#pragma once

#include "base/log.h"
#include "gpu/nvml_session.h"
#include "gpu/nvml_snapshot.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ceems::gpu {

struct NvmlSamplerOptions {
  std::vector<std::string> libraries;  // see NvmlLibrary::load(); empty: usual_nvml_libraries()
  std::chrono::milliseconds interval{5'000};
  NvmlReadOptions read;

  // Readings older than four intervals, and than this, are not shown.
  std::chrono::milliseconds stale_at_least{2'000};
  // An absent library is looked for this often.
  std::chrono::milliseconds search_again{60'000};
  // After NVML could not be initialised; twice as long each time.
  std::chrono::milliseconds retry_first{5'000};
  std::chrono::milliseconds retry_most{300'000};
  // NVML finds a GPU again that came back only when it is initialised anew.
  std::chrono::milliseconds lost_device_retry{300'000};
};

enum class NvmlState : std::uint8_t {
  kStarting,  // nothing known yet
  kAbsent,    // no library: no NVIDIA driver on this machine
  kFailed,    // the library can't be initialised
  kReady,     // readings are there
  kStale,     // NVML hangs: the readings are too old to be shown
};
// "starting", "absent", …
std::string_view nvml_state_name(NvmlState state);

class NvmlSampler {
 public:
  using Clock = std::chrono::steady_clock;

  struct View {
    NvmlState state = NvmlState::kStarting;
    std::string problem;                           // for kAbsent and kFailed
    std::shared_ptr<const NvmlSnapshot> snapshot;  // null unless kReady
    std::optional<Clock::duration> age;            // of the newest snapshot, also when it is too old
    std::uint64_t samples = 0;                     // so far
    std::uint64_t initialisations = 0;             // that succeeded
    std::vector<std::pair<NvmlReturn, std::uint64_t>> errors;  // what NVML said, and how often
  };

  NvmlSampler(NvmlSamplerOptions options, const base::Logger& log);
  NvmlSampler(const NvmlSampler&) = delete;
  NvmlSampler& operator=(const NvmlSampler&) = delete;
  ~NvmlSampler();

  // Starts the thread; does nothing if it runs. After privileges are dropped.
  void start();
  // Never waits for NVML. Thread-safe.
  View view() const;
  // Ends the thread. False if it was still in NVML after `grace`: it is left behind, ends by itself if NVML
  // ever returns, and the process must not run the destructors of libraries before it exits. Asking again is
  // fine.
  bool stop(std::chrono::milliseconds grace);

 private:
  struct Shared;
  class Loop;

  // The thread shares it, because it may outlive this object.
  const std::shared_ptr<Shared> shared_;
  bool started_ = false;
};

}  // namespace ceems::gpu
