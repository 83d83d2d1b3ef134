#include "grid/watttime.h"

#include "base/rfc3339.h"
#include "grid/single_factor.h"
#include "http/password.h"

#include <utility>

namespace ceems::grid {

namespace {

// A token lasts 30 minutes.
constexpr std::chrono::minutes kTokenLifetime{25};
// Values come every five minutes, some minutes late.
constexpr std::chrono::hours kWindow{1};

class WattTime final : public Service {
 public:
  WattTime(std::unique_ptr<JsonApi> api, WattTimeOptions options)
      : api_(std::move(api)), options_(std::move(options)) {}

  Poll poll(Instant now) override { return poll_of(ask(now), *api_); }

  void cancel() override { api_->cancel(); }

 private:
  base::Result<EmissionFactor> ask(Instant now) {
    bool fresh = false;
    if (token_.empty() || now >= token_until_) {
      CEEMS_TRY_VOID(log_in(now));
      fresh = true;
    }
    auto body = history(now);
    if (!body && api_->status() == 401) {
      token_.clear();
      // Ended before its time: once more, but not with one that was just made.
      if (!fresh) {
        CEEMS_TRY_VOID(log_in(now));
        body = history(now);
      }
    }
    if (!body) return std::unexpected(std::move(body).error());
    return parse_watttime_history(*body, options_.region);
  }

  base::Status log_in(Instant now) {
    token_.clear();
    http::Fields fields;
    fields.set("Authorization", "Basic " + http::base64_encode(options_.user + ":" + options_.password));
    CEEMS_TRY(const std::string body, api_->get("/login", {}, std::move(fields)));
    CEEMS_TRY(token_, parse_watttime_token(body));
    token_until_ = now + kTokenLifetime;
    return {};
  }

  base::Result<std::string> history(Instant now) {
    const auto end = std::chrono::floor<std::chrono::seconds>(now);
    http::Fields fields;
    fields.set("Authorization", "Bearer " + token_);
    return api_->get("/v3/historical",
                     {{"end", base::print_rfc3339(end)},
                      {"region", options_.region},
                      {"signal_type", "co2_moer"},
                      {"start", base::print_rfc3339(end - kWindow)}},
                     std::move(fields));
  }

  const std::unique_ptr<JsonApi> api_;
  const WattTimeOptions options_;
  std::string token_;  // secret; empty if there is none
  Instant token_until_;
};

}  // namespace

std::unique_ptr<Service> make_watttime_service(std::unique_ptr<JsonApi> api, WattTimeOptions options) {
  return std::make_unique<WattTime>(std::move(api), std::move(options));
}

}  // namespace ceems::grid
