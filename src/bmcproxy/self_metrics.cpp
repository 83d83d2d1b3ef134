#include "bmcproxy/self_metrics.h"

#include "exposition/emitter.h"
#include "exposition/page.h"
#include "program/build_info.h"

#include <array>

namespace ceems::bmcproxy {

namespace {

using exposition::Emitter;
using exposition::Family;
using enum exposition::MetricType;

constexpr Family kBuildInfo = program::build_info_family("redfish_proxy_build_info");
constexpr Family kAnswers{
    "redfish_proxy_answers_total", kCounter,
    "Requests that were answered, by status and by whether the BMC answered this one, another "
    "one whose answer was shared, or the proxy itself.",
    "code,origin"};
constexpr Family kRefusals{"redfish_proxy_refusals_total", kCounter, "Requests that were refused.", "reason"};
constexpr Family kAttempts{"redfish_proxy_bmc_requests_total", kCounter,
                           "Requests that BMCs got, by how they ended; \"none\" is without a fault.",
                           "fault"};
constexpr Family kBmcs{"redfish_proxy_bmcs", kGauge, "BMCs that were asked lately.", ""};
constexpr Family kSilent{"redfish_proxy_bmcs_silent", kGauge,
                         "BMCs that are left alone because they did not answer.", ""};
constexpr Family kInFlight{"redfish_proxy_bmc_requests_in_flight", kGauge,
                           "Requests that BMCs are answering.", ""};
constexpr Family kWaiting{"redfish_proxy_requests_waiting", kGauge,
                          "Requests that wait for their turn at a BMC.", ""};
constexpr Family kSessions{"redfish_proxy_sessions", kGauge, "Sessions at BMCs that clients may share.", ""};
constexpr Family kReloadSuccessful{"redfish_proxy_config_last_reload_successful", kGauge,
                                   "Whether the last attempt to read the configuration again succeeded.", ""};
constexpr Family kReloadTime{"redfish_proxy_config_last_reload_success_timestamp_seconds", kGauge,
                             "When the configuration in use was read.", ""};
constexpr std::array kFamilies{kBuildInfo, kAnswers, kRefusals, kAttempts,         kBmcs,      kSilent,
                               kInFlight,  kWaiting, kSessions, kReloadSuccessful, kReloadTime};

std::string_view origin_name(Origin origin) {
  switch (origin) {
    case Origin::kBmc:
      return "bmc";
    case Origin::kShared:
      return "shared";
    case Origin::kProxy:
      break;
  }
  return "proxy";
}

void emit_one(Emitter& emitter, const Family& family, double value) {
  emitter.begin(family);
  emitter.sample("", value);
}

}  // namespace

std::string SelfMetrics::page(const Load& load) const {
  Emitter emitter;
  emitter.begin(kBuildInfo);
  emitter.sample(program::build_info_labels(), 1);
  emitter.begin(kAnswers);
  for (const auto& [key, count] : answers_)
    emitter.sample({{"code", std::to_string(key.first)}, {"origin", origin_name(key.second)}},
                   static_cast<double>(count));
  emitter.begin(kRefusals);
  for (const auto& [reason, count] : refusals_)
    emitter.sample({{"reason", reason}}, static_cast<double>(count));
  emitter.begin(kAttempts);
  for (const auto& [fault, count] : attempts_)
    emitter.sample({{"fault", http::fault_name(fault)}}, static_cast<double>(count));
  emit_one(emitter, kBmcs, static_cast<double>(load.bmcs));
  emit_one(emitter, kSilent, static_cast<double>(load.silent));
  emit_one(emitter, kInFlight, static_cast<double>(load.in_flight));
  emit_one(emitter, kWaiting, static_cast<double>(load.waiting));
  emit_one(emitter, kSessions, static_cast<double>(load.sessions));
  emit_one(emitter, kReloadSuccessful, reload_failed_ ? 0.0 : 1.0);
  emit_one(emitter, kReloadTime, configured_);
  std::string text;
  exposition::PageBuilder().build(emitter, text);
  return text;
}

std::span<const Family> SelfMetrics::families() {
  return kFamilies;
}

}  // namespace ceems::bmcproxy
