#include "collector/scraper.h"

#include "collector/fake_collector_test.h"

#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::collector {
namespace {

using ::testing::HasSubstr;

constexpr std::chrono::hours kLong{1};

class OneMetric : public MetricSource {
 public:
  OneMetric(std::string_view name, exposition::MetricType type) : name_(name), type_(type) {}
  void emit(exposition::Emitter& emitter) override {
    emitter.begin({name_, type_, "One.", ""});
    emitter.sample("", 1);
  }
  std::span<const exposition::Family> families() const override { return {}; }

 private:
  std::string name_;
  exposition::MetricType type_;
};

class ScraperTest : public ::testing::Test {
 protected:
  Scraper& scraper() {
    if (!scraper_) {
      std::vector<std::unique_ptr<Collector>> collectors;
      collectors.push_back(std::make_unique<FakeCollector>("fake", control_));
      scraper_ = std::make_unique<Scraper>(std::move(collectors), sources_);
    }
    return *scraper_;
  }
  std::future<std::shared_ptr<const ScrapePage>> ask(Scraper::Clock::duration time) {
    return std::async(std::launch::async,
                      [this, time] { return scraper().scrape(Scraper::Clock::now() + time); });
  }
  void wait_for_waiting(std::size_t count) {
    while (scraper().waiting() != count)
      std::this_thread::yield();
  }
  ~ScraperTest() override {
    control_->release();
    if (scraper_) scraper_->stop(kLong);
  }

  const std::shared_ptr<FakeControl> control_ = std::make_shared<FakeControl>();
  std::vector<MetricSource*> sources_;

 private:
  std::unique_ptr<Scraper> scraper_;
};

TEST_F(ScraperTest, PutsCollectorsSourcesAndItsOwnMetricsOnOnePage) {
  OneMetric source("a_source", exposition::MetricType::kGauge);
  sources_ = {&source};
  const auto page = scraper().scrape(Scraper::Clock::now() + kLong);
  EXPECT_TRUE(page->text().starts_with("# HELP a_source One.\n# TYPE a_source gauge\na_source 1\n"));
  EXPECT_THAT(page->text(), HasSubstr("\nfake_fake_reads 1\n"));
  EXPECT_THAT(page->text(), HasSubstr("\nceems_scrape_collector_success{collector=\"fake\"} 1\n"));
  EXPECT_THAT(page->text(), HasSubstr("\nceems_exporter_scrapes_total 1\n"));
}

TEST(ScraperCostTest, IsLeftOutOnRequest) {
  Scraper scraper({}, {}, false);
  EXPECT_EQ(scraper.scrape(Scraper::Clock::now() + kLong)->text(), "");
}

TEST_F(ScraperTest, RequestsThatArriveDuringACollectionShareTheNext) {
  control_->hold();
  auto first = ask(kLong);
  control_->wait_until_entered(1);
  auto second = ask(kLong);
  auto third = ask(kLong);
  wait_for_waiting(2);
  control_->release();
  const auto first_page = first.get();
  const auto second_page = second.get();
  const auto third_page = third.get();
  EXPECT_EQ(second_page, third_page);
  EXPECT_NE(first_page, second_page);
  EXPECT_EQ(control_->entries(), 2);
  EXPECT_THAT(scraper().scrape(Scraper::Clock::now() + kLong)->text(),
              HasSubstr("\nceems_exporter_coalesced_scrapes_total 1\n"));
}

TEST_F(ScraperTest, ARequestThatWouldLoseItsTimeTakesThePageInTheMaking) {
  control_->hold();
  auto patient = ask(kLong);
  control_->wait_until_entered(1);
  auto hasty = ask(std::chrono::milliseconds(20));
  EXPECT_EQ(hasty.get(), patient.get());
  EXPECT_EQ(control_->entries(), 1);
}

TEST_F(ScraperTest, EndsCollectionsWhenTheProgramEnds) {
  control_->hold();
  auto running = ask(kLong);
  control_->wait_until_entered(1);
  scraper().finish_by(Scraper::Clock::now());
  EXPECT_THAT(running.get()->text(), HasSubstr("ceems_scrape_collector_success{collector=\"fake\"} 0\n"));
  EXPECT_THAT(ask(kLong).get()->text(),
              HasSubstr("ceems_exporter_collector_late_total{collector=\"fake\"} 2\n"));
}

TEST_F(ScraperTest, CompressesAPageOnce) {
  const auto page = scraper().scrape(Scraper::Clock::now() + kLong);
  const std::string& first = scraper().compressed(*page);
  EXPECT_EQ(http::gunzip(first, 1'000'000).value_or(""), page->text());
  const char* const bytes = first.data();
  EXPECT_EQ(scraper().compressed(*page).data(), bytes);
}

TEST_F(ScraperTest, CountsContradictionsBetweenSources) {
  OneMetric one("twice", exposition::MetricType::kGauge);
  OneMetric other("twice", exposition::MetricType::kCounter);
  sources_ = {&one, &other};
  const auto page = scraper().scrape(Scraper::Clock::now() + kLong);
  EXPECT_THAT(page->text(), HasSubstr("# TYPE twice gauge\ntwice 1\n"));
  EXPECT_EQ(scraper().conflicts(), 1U);
}

TEST(PagePoolTest, ReusesBuffersButNotOversizedOnes) {
  PagePool pool;
  PagePool::Buffers buffers;
  buffers.text.assign(1'000'000, 'x');
  buffers.gzip.reserve(1'000'000);
  pool.give_back(std::move(buffers));
  const PagePool::Buffers reused = pool.take();
  EXPECT_TRUE(reused.text.empty());
  EXPECT_GE(reused.text.capacity(), 1'000'000U);
  EXPECT_LT(reused.gzip.capacity(), 1'000'000U);
}

}  // namespace
}  // namespace ceems::collector
