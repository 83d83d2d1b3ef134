#include "collector/metrics_endpoint.h"

#include "collector/exporter_info.h"
#include "collector/fake_collector_test.h"
#include "collector/landing_page.h"
#include "collector/process_metrics.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest() {
    std::vector<std::unique_ptr<Collector>> collectors;
    collectors.push_back(std::make_unique<FakeCollector>("fake", control_));
    scraper_ = std::make_unique<Scraper>(std::move(collectors),
                                         std::vector<MetricSource*>{&metrics_, &process_, &info_});
    endpoint_ = std::make_unique<MetricsEndpoint>(*scraper_, metrics_, 2);
  }
  ~EndpointTest() override {
    control_->release();
    scraper_->stop(std::chrono::hours(1));
  }
  http::Response get(std::vector<http::Fields::Entry> fields = {}) {
    http::Request request;
    for (auto& [name, value] : fields)
      request.fields.add(name, value);
    return endpoint_->handle(request);
  }

  const std::shared_ptr<FakeControl> control_ = std::make_shared<FakeControl>();
  HandlerMetrics metrics_;
  ProcessMetrics process_;
  ExporterInfo info_{{{"rapl", "CAP_DAC_READ_SEARCH"}}};
  std::unique_ptr<Scraper> scraper_;
  std::unique_ptr<MetricsEndpoint> endpoint_;
};

TEST_F(EndpointTest, AnswersInTheTextFormatByDefault) {
  const http::Response response = get();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.fields.find("Content-Type"),
            "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  EXPECT_FALSE(response.fields.find("Content-Encoding"));
  EXPECT_THAT(response.text(), StartsWith("# HELP "));
}

TEST_F(EndpointTest, CompressesForThoseWhoAsk) {
  const http::Response response = get({{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(response.fields.find("Content-Encoding"), "gzip");
  EXPECT_THAT(http::gunzip(response.text(), 1'000'000).value_or(""), StartsWith("# HELP "));
}

TEST_F(EndpointTest, SpeaksProtobufToThoseWhoPreferIt) {
  const std::string accept =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
  const http::Response plain = get({{"Accept", accept}});
  EXPECT_THAT(*plain.fields.find("Content-Type"), StartsWith("application/vnd.google.protobuf; "));
  EXPECT_THAT(plain.text(), HasSubstr("ceems_exporter_build_info"));
  EXPECT_THAT(plain.text(), ::testing::Not(HasSubstr("# HELP")));
  const http::Response coded = get({{"Accept", accept}, {"Accept-Encoding", "gzip"}});
  EXPECT_THAT(http::gunzip(coded.text(), 1'000'000).value_or(""), HasSubstr("ceems_exporter_build_info"));
}

TEST_F(EndpointTest, ShowsItsOwnMetrics) {
  get();
  const http::Response response = get();
  EXPECT_THAT(response.text(), HasSubstr("promhttp_metric_handler_requests_total{code=\"200\"} 1\n"
                                         "promhttp_metric_handler_requests_total{code=\"500\"} 0\n"
                                         "promhttp_metric_handler_requests_total{code=\"503\"} 0\n"));
  EXPECT_THAT(response.text(), HasSubstr("\npromhttp_metric_handler_requests_in_flight 1\n"));
  EXPECT_THAT(response.text(), HasSubstr("promhttp_metric_handler_errors_total{cause=\"encoding\"} 0\n"
                                         "promhttp_metric_handler_errors_total{cause=\"gathering\"} 0\n"));
  EXPECT_THAT(response.text(), HasSubstr("\nprocess_cpu_seconds_total "));
  EXPECT_THAT(response.text(),
              HasSubstr("\nceems_exporter_missing_capability{capability=\"CAP_DAC_READ_SEARCH\","
                        "feature=\"rapl\"} 1\n"));
}

TEST_F(EndpointTest, RefusesMoreThanItsLimitOfRequests) {
  control_->hold();
  auto first = std::async(std::launch::async, [this] { return get().status; });
  control_->wait_until_entered(1);
  auto second = std::async(std::launch::async, [this] { return get().status; });
  while (scraper_->waiting() != 1)
    std::this_thread::yield();
  const http::Response third = get();
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.text(), "Limit of concurrent requests reached (2), try again later.\n");
  control_->release();
  EXPECT_EQ(first.get(), 200);
  EXPECT_EQ(second.get(), 200);
  EXPECT_THAT(get().text(), HasSubstr("promhttp_metric_handler_requests_total{code=\"503\"} 1\n"));
}

TEST(ScrapeBudgetTest, LeavesAMarginOfTheScrapersTimeout) {
  using std::chrono::milliseconds;
  EXPECT_EQ(scrape_budget(std::nullopt), milliseconds(9'500));
  EXPECT_EQ(scrape_budget("10"), milliseconds(9'500));
  EXPECT_EQ(scrape_budget("30.0"), milliseconds(29'500));
  EXPECT_EQ(scrape_budget(" 1 "), milliseconds(950));
  EXPECT_EQ(scrape_budget("0.5"), milliseconds(475));
  for (const std::string_view nonsense : {"", "soon", "-1", "0", "nan", "1s"})
    EXPECT_EQ(scrape_budget(nonsense), milliseconds(9'500)) << nonsense;
  EXPECT_EQ(scrape_budget("inf"), milliseconds(299'500));
}

TEST(LandingPageTest, LinksWhatThereIsAndEscapesIt) {
  const http::Response response =
      render_landing_page({"name<", "A & B.", "(version=1)", {{"/a\"b", "Metrics"}}});
  EXPECT_EQ(response.fields.find("Content-Type"), "text/html; charset=UTF-8");
  EXPECT_THAT(response.text(), HasSubstr("<title>name&lt;</title>"));
  EXPECT_THAT(response.text(), HasSubstr("<p>A &amp; B.</p>\n<p>Version: (version=1)</p>"));
  EXPECT_THAT(response.text(), HasSubstr("<li><a href=\"/a&quot;b\">Metrics</a></li>"));
  EXPECT_THAT(response.text(), HasSubstr("#3cc9beff"));
}

}  // namespace
}  // namespace ceems::collector
