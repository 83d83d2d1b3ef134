#include "lb/self_metrics.h"

#include "exposition/emitter.h"
#include "exposition/page.h"
#include "program/build_info.h"

#include <algorithm>
#include <array>

namespace ceems::lb {

namespace {

using exposition::Emitter;
using exposition::Family;
using enum exposition::MetricType;

constexpr Family kBuildInfo = program::build_info_family("ceems_lb_build_info");
constexpr Family kRequests{"ceems_lb_requests_total", kCounter,
                           "Requests that were answered, by the cluster that they asked for.",
                           "cluster,code,kind"};
constexpr Family kRequestSeconds{"ceems_lb_request_seconds_total", kCounter,
                                 "Time from a request's decision to the end of its answer.", "cluster,kind"};
constexpr Family kRefusals{"ceems_lb_refusals_total", kCounter, "Requests that were refused.", "kind,reason"};
constexpr Family kRetries{"ceems_lb_retries_total", kCounter,
                          "Requests that went to a second server because the first one failed.",
                          "cluster,kind"};
constexpr Family kDecisions{
    "ceems_lb_decisions_total", kCounter,
    "Decisions who may see what, by whether ownership was in memory or had to be asked for.", "kind,source"};
constexpr Family kDecisionSeconds{"ceems_lb_decision_seconds_total", kCounter,
                                  "Time that these decisions took.", "kind,source"};
constexpr Family kBackendUp{"ceems_lb_backend_up", kGauge, "Whether the server gets requests.",
                            "cluster,kind,url"};
constexpr Family kBackendInFlight{"ceems_lb_backend_requests_in_flight", kGauge,
                                  "Requests that the server is answering.", "cluster,kind,url"};
constexpr Family kReloadSuccessful{"ceems_lb_config_last_reload_successful", kGauge,
                                   "Whether the last attempt to read the configuration again succeeded.", ""};
constexpr Family kReloadTime{"ceems_lb_config_last_reload_success_timestamp_seconds", kGauge,
                             "When the configuration in use was read.", ""};
constexpr std::array kFamilies{kBuildInfo,       kRequests,         kRequestSeconds,  kRefusals,
                               kRetries,         kDecisions,        kDecisionSeconds, kBackendUp,
                               kBackendInFlight, kReloadSuccessful, kReloadTime};

double in_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

// Sorted by labels, each once: two entries of one cluster may name the same server.
template <class Value>
void emit_backends(Emitter& emitter, const Family& family,
                   const std::vector<std::shared_ptr<const Backends>>& all, Value value) {
  std::map<std::tuple<std::string, std::string, std::string>, double> samples;
  for (const auto& backends : all) {
    for (const auto& backend : backends->all())
      samples[{backend->cluster_id, std::string(kind_name(backends->kind())), backend->upstream->url()}] +=
          value(*backend);
  }
  emitter.begin(family);
  for (const auto& [labels, sample] : samples) {
    emitter.sample(
        {{"cluster", std::get<0>(labels)}, {"kind", std::get<1>(labels)}, {"url", std::get<2>(labels)}},
        sample);
  }
}

// The value of that key, which is copied only the first time.
template <class Map, class... Parts>
typename Map::mapped_type& at(Map& map, Kind kind, std::string_view name, Parts... parts) {
  const auto found = map.find(std::tuple(kind, name, parts...));
  if (found != map.end()) return found->second;
  return map[typename Map::key_type(kind, std::string(name), parts...)];
}

}  // namespace

void SelfMetrics::count_request(Kind kind, std::string_view cluster_id, int status,
                                std::chrono::nanoseconds duration) {
  const std::scoped_lock lock(mutex_);
  ++at(requests_, kind, cluster_id, status);
  at(durations_, kind, cluster_id) += duration;
}

void SelfMetrics::count_refusal(Kind kind, std::string_view reason) {
  const std::scoped_lock lock(mutex_);
  ++at(refusals_, kind, reason);
}

void SelfMetrics::count_retry(Kind kind, std::string_view cluster_id) {
  const std::scoped_lock lock(mutex_);
  ++at(retries_, kind, cluster_id);
}

void SelfMetrics::count_decision(Kind kind, bool asked, std::chrono::nanoseconds duration) {
  const std::scoped_lock lock(mutex_);
  Time& time = decisions_[{kind, asked}];
  ++time.count;
  time.sum += duration;
}

void SelfMetrics::configured(std::chrono::system_clock::time_point when) {
  const std::scoped_lock lock(mutex_);
  configured_ = when;
  reload_failed_ = false;
}

void SelfMetrics::reload_failed() {
  const std::scoped_lock lock(mutex_);
  reload_failed_ = true;
}

std::string SelfMetrics::page(const std::vector<std::shared_ptr<const Backends>>& backends) const {
  Emitter emitter;
  emitter.begin(kBuildInfo);
  emitter.sample(program::build_info_labels(), 1);
  {
    const std::scoped_lock lock(mutex_);
    emitter.begin(kRequests);
    for (const auto& [key, count] : requests_) {
      const auto& [kind, cluster, status] = key;
      emitter.sample({{"cluster", cluster}, {"code", std::to_string(status)}, {"kind", kind_name(kind)}},
                     static_cast<double>(count));
    }
    emitter.begin(kRequestSeconds);
    for (const auto& [key, duration] : durations_)
      emitter.sample({{"cluster", std::get<1>(key)}, {"kind", kind_name(std::get<0>(key))}},
                     in_seconds(duration));
    emitter.begin(kRefusals);
    for (const auto& [key, count] : refusals_)
      emitter.sample({{"kind", kind_name(std::get<0>(key))}, {"reason", std::get<1>(key)}},
                     static_cast<double>(count));
    emitter.begin(kRetries);
    for (const auto& [key, count] : retries_)
      emitter.sample({{"cluster", std::get<1>(key)}, {"kind", kind_name(std::get<0>(key))}},
                     static_cast<double>(count));
    const auto source = [](bool asked) { return asked ? "asked" : "memory"; };
    emitter.begin(kDecisions);
    for (const auto& [key, time] : decisions_)
      emitter.sample({{"kind", kind_name(key.first)}, {"source", source(key.second)}},
                     static_cast<double>(time.count));
    emitter.begin(kDecisionSeconds);
    for (const auto& [key, time] : decisions_)
      emitter.sample({{"kind", kind_name(key.first)}, {"source", source(key.second)}}, in_seconds(time.sum));
    emitter.begin(kReloadSuccessful);
    emitter.sample("", reload_failed_ ? 0.0 : 1.0);
    emitter.begin(kReloadTime);
    emitter.sample("", in_seconds(configured_.time_since_epoch()));
  }
  emit_backends(emitter, kBackendUp, backends,
                [](const Backend& backend) { return backend.alive ? 1.0 : 0.0; });
  emit_backends(emitter, kBackendInFlight, backends,
                [](const Backend& backend) { return static_cast<double>(backend.in_flight.load()); });
  std::string text;
  exposition::PageBuilder().build(emitter, text);
  return text;
}

std::span<const Family> SelfMetrics::families() {
  return kFamilies;
}

}  // namespace ceems::lb
