// Which devices each pod of this node holds, asked in the background on a thread of its own: of the kubelet
// when pods come or go, and otherwise now and then, since it costs a call within the machine; of the API
// server only while a pod that holds devices has a name that belongs to no pod known here, and less and less
// often as long as that helps nothing. What was known stays while one of them does not answer. The log says
// what changed, once.
#pragma once

#include "base/log.h"
#include "kube/kubelet.h"
#include "kube/pod_names.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ceems::kube {

struct PodDeviceWatchOptions {
  KubeletOptions kubelet;           // without cancel_fd
  std::unique_ptr<PodNames> names;  // null: there is no API server to ask, and nobody knows names
  std::chrono::milliseconds interval{15'000};
  // Between questions to the API server that helped nothing; twice as long each time.
  std::chrono::milliseconds retry_first{1'000};
  std::chrono::milliseconds retry_most{300'000};
};

// Immutable.
struct PodDeviceList {
  std::map<std::string, std::vector<PodDevice>> by_uid;  // pods that hold some
  std::uint64_t generation = 0;                          // another one: something is different
};

class PodDeviceWatch {
 public:
  // One who is asked.
  struct Peer {
    std::uint64_t asked = 0;
    bool failed = false;  // the last time
  };
  struct View {
    std::shared_ptr<const PodDeviceList> list;  // null until the first answer
    Peer kubelet;
    Peer api_server;
    std::optional<std::size_t> allocatable;  // devices of GPU makers that the kubelet has to give
    std::size_t unnamed = 0;                 // pods that hold devices, and nobody knows which they are
  };

  PodDeviceWatch(PodDeviceWatchOptions options, const base::Logger& log);
  PodDeviceWatch(const PodDeviceWatch&) = delete;
  PodDeviceWatch& operator=(const PodDeviceWatch&) = delete;
  ~PodDeviceWatch();

  // The uids of all pods that live here, sorted; asks anew if they are others than before. The first time it
  // starts the thread: after privileges are dropped. Not thread-safe, like stop().
  void follow(std::vector<std::string> uids);
  // Never waits for an answer. Thread-safe.
  View view() const;
  // Ends the thread and whatever it asks.
  void stop();

 private:
  struct Shared;
  class Loop;
  const std::unique_ptr<Shared> shared_;
};

}  // namespace ceems::kube
