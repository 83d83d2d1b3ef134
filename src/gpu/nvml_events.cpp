#include "gpu/nvml_events.h"

#include <algorithm>

namespace ceems::gpu {

namespace {

constexpr std::size_t kMaxXids = 64;    // distinct ones of one GPU
constexpr int kMaxEventsAtATime = 256;  // a storm of them must not keep us
constexpr std::uint64_t kLargestXid = 10'000;

}  // namespace

void count_xid(NvmlXids& xids, std::uint64_t xid) {
  if (xid > kLargestXid) xid = NvmlXids::kOther;
  if (xid != NvmlXids::kOther) xids.last = xid;
  auto& counts = xids.counts;
  auto at = std::ranges::find(counts, xid, &NvmlXids::Count::xid);
  if (at == counts.end() && counts.size() >= kMaxXids) {
    xid = NvmlXids::kOther;
    at = std::ranges::find(counts, xid, &NvmlXids::Count::xid);
  }
  if (at == counts.end()) {
    counts.push_back({.xid = xid, .count = 1});
  } else {
    ++at->count;
  }
}

NvmlEvents::NvmlEvents(const NvmlFunctions& functions, NvmlFaults& faults) : f_(functions), faults_(faults) {
  if (f_.event_set_free == nullptr || f_.register_events == nullptr || f_.event_wait == nullptr) return;
  if (!faults_.call("events", f_.event_set_create, &set_)) set_ = nullptr;
}

NvmlEvents::~NvmlEvents() {
  if (set_ != nullptr) f_.event_set_free(set_);
}

bool NvmlEvents::watch(nvml::Device device) {
  if (set_ == nullptr || !faults_.call("events", f_.register_events, device, nvml::kEventXid, set_))
    return false;
  watching_ = true;
  return true;
}

std::vector<NvmlEvents::Event> NvmlEvents::take() {
  std::vector<Event> events;
  // Without a registered GPU some drivers wait for good.
  if (!watching_) return events;
  for (int i = 0; i < kMaxEventsAtATime; ++i) {
    nvml::EventData data;
    const NvmlReturn result = f_.event_wait(set_, &data, 0);
    if (result == NvmlReturn::kTimeout || !faults_.accept(result, "events")) break;
    if (data.type == nvml::kEventXid) events.push_back({.device = data.device, .xid = data.data});
  }
  return events;
}

}  // namespace ceems::gpu
