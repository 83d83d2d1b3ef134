#include "grid/rte.h"

#include "base/rfc3339.h"
#include "grid/answer.h"
#include "grid/single_factor.h"
#include "json/read.h"

#include <chrono>
#include <utility>

namespace ceems::grid {

namespace {

constexpr std::string_view kRecords = "/api/explore/v2.1/catalog/datasets/eco2mix-national-tr/records";

class Rte final : public Service {
 public:
  explicit Rte(std::unique_ptr<JsonApi> api) : api_(std::move(api)) {}

  Poll poll(Instant now) override { return poll_of(ask(now), *api_); }

  void cancel() override { api_->cancel(); }

 private:
  base::Result<EmissionFactor> ask(Instant now) {
    // From a day ago on, so that there is something just after midnight, in whatever time zone.
    const auto from = std::chrono::floor<std::chrono::seconds>(now) - std::chrono::hours(24);
    const std::string date = base::print_rfc3339(from).substr(0, 10);
    CEEMS_TRY(const std::string body,
              api_->get(kRecords,
                        {{"include_app_metas", "false"},
                         {"include_links", "false"},
                         {"limit", "1"},
                         {"offset", "0"},
                         {"order_by", "date_heure desc"},
                         {"select", "taux_co2,date_heure"},
                         {"timezone", "Europe/Paris"},
                         {"where", "date_heure in [date'" + date + "' TO now()] and taux_co2 is not null"}},
                        {}));
    return parse_rte(body);
  }

  std::unique_ptr<JsonApi> api_;
};

}  // namespace

base::Result<EmissionFactor> parse_rte(std::string_view body) {
  CEEMS_TRY(const auto answer, json::parse(body));
  const auto* const results = json::array_member(answer, "results");
  if (results == nullptr) return another_shape("no results");
  if (results->empty()) return base::fail(base::ErrorCode::kNoData, "", "no record of the last day");
  const auto& record = results->front();
  const auto grams = json::number_member(record, "taux_co2");
  if (!grams) return another_shape("no number taux_co2");
  const auto time = base::parse_rfc3339(json::find_text(record, "date_heure").value_or(""));
  if (!time) return another_shape("no time date_heure");
  CEEMS_TRY(const double plausible, plausible_grams(*grams));
  return EmissionFactor{.provider = std::string(kRteInfo.id),
                        .provider_name = std::string(kRteInfo.name),
                        .country_code = "FR",
                        .country = "France",
                        .grams_per_kwh = plausible,
                        .time = time};
}

std::unique_ptr<Service> make_rte_service(std::unique_ptr<JsonApi> api) {
  return std::make_unique<Rte>(std::move(api));
}

}  // namespace ceems::grid
