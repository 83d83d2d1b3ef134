#include "collector/metrics_endpoint.h"

#include "base/text.h"
#include "exposition/negotiate.h"
#include "exposition/protobuf.h"

#include <algorithm>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::Format;
using exposition::MetricType;

constexpr Family kRequests{"promhttp_metric_handler_requests_total", MetricType::kCounter,
                           "Scrapes answered, by HTTP status.", "code"};
constexpr Family kInFlight{"promhttp_metric_handler_requests_in_flight", MetricType::kGauge,
                           "Scrapes being answered now.", ""};
constexpr Family kErrors{"promhttp_metric_handler_errors_total", MetricType::kCounter,
                         "Problems met while a page was made, by cause.", "cause"};
constexpr std::array kFamilies{kRequests, kInFlight, kErrors};

constexpr double kDefaultTimeoutSeconds = 10;
constexpr double kMaxTimeoutSeconds = 300;
constexpr double kMarginShare = 0.05;
constexpr double kMaxMarginSeconds = 0.5;

class InFlight {
 public:
  explicit InFlight(std::atomic<std::int64_t>& count) : count_(count), number_(++count_) {}
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  ~InFlight() { --count_; }
  std::int64_t number() const { return number_; }

 private:
  std::atomic<std::int64_t>& count_;
  const std::int64_t number_;
};

}  // namespace

void HandlerMetrics::emit(exposition::Emitter& emitter) {
  emitter.begin(kRequests);
  emitter.sample(R"({code="200"})", answered_200.load());
  emitter.sample(R"({code="500"})", answered_500.load());
  emitter.sample(R"({code="503"})", answered_503.load());
  emitter.begin(kInFlight);
  emitter.sample("", in_flight.load());
  emitter.begin(kErrors);
  emitter.sample(R"({cause="encoding"})", encoding_errors.load());
  emitter.sample(R"({cause="gathering"})", gathering_errors.load());
}

std::span<const Family> HandlerMetrics::families() const {
  return kFamilies;
}

std::chrono::milliseconds scrape_budget(std::optional<std::string_view> timeout_seconds) {
  const std::optional<double> stated =
      timeout_seconds ? base::parse_double(base::trim(*timeout_seconds)) : std::nullopt;
  const double timeout =
      stated && *stated > 0 ? std::min(*stated, kMaxTimeoutSeconds) : kDefaultTimeoutSeconds;
  const double budget = timeout - std::min(timeout * kMarginShare, kMaxMarginSeconds);
  return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(budget));
}

http::Response MetricsEndpoint::handle(const http::Request& request) {
  const InFlight in_flight(metrics_.in_flight);
  if (max_requests_ > 0 && in_flight.number() > max_requests_) {
    ++metrics_.answered_503;
    return http::text_response(
        503, fmt::format("Limit of concurrent requests reached ({}), try again later.\n", max_requests_));
  }
  http::Response response = answer(request);
  ++(response.status == 200 ? metrics_.answered_200 : metrics_.answered_500);
  metrics_.gathering_errors = scraper_.conflicts();
  return response;
}

http::Response MetricsEndpoint::answer(const http::Request& request) {
  const auto budget = scrape_budget(request.fields.find("X-Prometheus-Scrape-Timeout-Seconds"));
  const std::shared_ptr<const ScrapePage> page = scraper_.scrape(Scraper::Clock::now() + budget);
  const Format format = exposition::negotiate_format(request.fields.find("Accept").value_or(""));
  const bool gzip = http::negotiate_coding(request.fields.find("Accept-Encoding")) == http::Coding::kGzip;
  if (page->text().empty()) return http::text_response(500, "No metrics could be gathered.\n");

  http::Response response;
  response.fields.add("Content-Type", std::string(exposition::content_type(format)));
  response.fields.add("Vary", "Accept, Accept-Encoding");
  if (gzip) response.fields.add("Content-Encoding", "gzip");
  if (format == Format::kDelimitedProtobuf) {
    // Rare enough to be made for each request.
    std::string encoded = exposition::encode_protobuf(page->text());
    response.body = gzip ? scraper_.compress(encoded) : std::move(encoded);
  } else {
    // The page lives as long as somebody holds its text.
    response.body =
        std::shared_ptr<const std::string>(page, gzip ? &scraper_.compressed(*page) : &page->text());
  }
  return response;
}

}  // namespace ceems::collector
