#include "grid/electricity_maps.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <utility>

namespace ceems::grid {

namespace {

using base::ErrorCode;

constexpr std::chrono::hours kZonesLifetime{24};

class ElectricityMaps final : public Service {
 public:
  ElectricityMaps(std::unique_ptr<JsonApi> api, ElectricityMapsOptions options)
      : api_(std::move(api)), options_(std::move(options)) {}

  Poll poll(Instant now) override {
    Poll result;
    if (now >= zones_due_) result.problem = read_zones(now);
    if (!zones_.empty() && ask_zones(now, result.problem)) {
      FactorTable table;
      for (const auto& [key, factor] : factors_)
        table.push_back(factor);
      result.table = std::make_shared<const FactorTable>(std::move(table));
    }
    result.pause = api_->take_pause();
    return result;
  }

  void cancel() override {
    stopping_ = true;
    api_->cancel();
  }

 private:
  std::optional<base::Error> read_zones(Instant now) {
    auto body = api_->get("/zones", {}, fields());
    auto zones = body ? parse_zones(*body) : std::unexpected(std::move(body).error());
    if (!zones) {
      base::Error error = std::move(zones).error();
      if (error.subject.empty()) error.subject = api_->shown_url() + "/zones";
      return error;
    }
    zones_ = wanted(*std::move(zones));
    denied_.clear();
    std::erase_if(factors_, [&](const auto& entry) {
      return std::ranges::find(zones_, entry.first, &Zone::key) == zones_.end();
    });
    next_ = 0;
    zones_due_ = now + kZonesLifetime;
    return std::nullopt;
  }

  // Those that were asked for, also if the service doesn't list them: its answer tells why.
  std::vector<Zone> wanted(std::vector<Zone> all) const {
    if (options_.zones.empty()) return all;
    std::vector<Zone> zones;
    for (const std::string& key : std::set(options_.zones.begin(), options_.zones.end())) {
      const auto at = std::ranges::find(all, key, &Zone::key);
      zones.push_back(at == all.end() ? Zone{key, key} : *at);
    }
    return zones;
  }

  // Whether any zone told its factor.
  bool ask_zones(Instant now, std::optional<base::Error>& problem) {
    bool any = false;
    const std::size_t first = next_;
    for (std::size_t i = 0; i < zones_.size() && !stopping_; ++i) {
      const Zone& zone = zones_[(first + i) % zones_.size()];
      next_ = (first + i + 1) % zones_.size();
      if (denied_.contains(zone.key)) continue;
      auto factor = ask(zone, now);
      if (factor) {
        any = true;
        factors_.insert_or_assign(zone.key, *std::move(factor));
        continue;
      }
      base::Error error = std::move(factor).error();
      const ErrorCode code = error.code;
      if (code == ErrorCode::kNoData) continue;
      if (code == ErrorCode::kNotFound || api_->status() == 403) {
        // Not for this token; asked again when the zones are read anew.
        denied_.insert(zone.key);
        if (options_.zones.empty() && denied_.size() < zones_.size()) continue;
      }
      if (error.subject.empty()) error.subject = zone.key;
      if (!problem) problem = std::move(error);
      // Another shape may be the fault of one zone; all else concerns the service or the token.
      if (code != ErrorCode::kInvalid && api_->status() != 403 && api_->status() != 404) break;
    }
    return any;
  }

  base::Result<EmissionFactor> ask(const Zone& zone, Instant now) {
    CEEMS_TRY(const std::string body, api_->get("/carbon-intensity/latest", {{"zone", zone.key}}, fields()));
    CEEMS_TRY(EmissionFactor factor, parse_carbon_intensity(body, zone));
    if (!factor.time) factor.time = now;
    return factor;
  }

  http::Fields fields() const {
    http::Fields fields;
    fields.set("auth-token", options_.token);
    return fields;
  }

  const std::unique_ptr<JsonApi> api_;
  const ElectricityMapsOptions options_;
  std::atomic<bool> stopping_ = false;
  std::vector<Zone> zones_;
  Instant zones_due_;
  std::size_t next_ = 0;                           // of zones_: where the next round begins
  std::set<std::string, std::less<>> denied_;      // keys
  std::map<std::string, EmissionFactor> factors_;  // by key; the last ones
};

}  // namespace

std::unique_ptr<Service> make_electricity_maps_service(std::unique_ptr<JsonApi> api,
                                                       ElectricityMapsOptions options) {
  return std::make_unique<ElectricityMaps>(std::move(api), std::move(options));
}

}  // namespace ceems::grid
