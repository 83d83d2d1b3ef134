#include "tsdb_server.h"

#include "base/rfc3339.h"
#include "base/text.h"
#include "base/version.h"
#include "config/http_client.h"
#include "http/message.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

using base::ErrorCode;

constexpr std::chrono::minutes kDeadline{2};
constexpr std::chrono::hours kUsualTime{3};

base::Result<config::HttpClientConfig> read_config(const TsdbFlags& flags) {
  config::HttpClientConfig config;
  if (!flags.http_config_file.empty()) {
    CEEMS_TRY(config, config::load_http_client(flags.http_config_file));
  }
  config.url = flags.url.find("://") == std::string::npos ? "http://" + flags.url : flags.url;
  CEEMS_TRY(const http::Url url, http::parse_url(config.url));
  if (!flags.http_config_file.empty() && (!url.user.empty() || !url.password.empty()))
    return base::fail(ErrorCode::kInvalid, url.redacted(),
                      "credentials in the URL cannot be used together with --http.config.file");
  return config;
}

tsdb::TimePoint now() {
  return std::chrono::time_point_cast<tsdb::Milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

void TsdbFlags::declare(config::Flags& flags) {
  flags.string("http.config.file", "", "HTTP client configuration: authentication, TLS, proxy.",
               http_config_file);
  flags.string("url", "http://localhost:9090", "URL of the Prometheus server.", url);
  flags.string("start", "", "Start of the time to look at, RFC 3339 or Unix seconds; 3 hours ago if empty.",
               start);
  flags.string("end", "", "End of the time to look at; now if empty.", end);
}

base::Result<tsdb::TimePoint> parse_time(std::string_view text) {
  if (const auto time = base::parse_rfc3339(text)) return *time;
  constexpr double kMostSeconds = 253'402'300'800;  // the year 9999
  const auto seconds = base::parse_double(text);
  if (seconds && *seconds >= 0 && *seconds < kMostSeconds)
    return tsdb::TimePoint(tsdb::Milliseconds(std::llround(*seconds * 1000)));
  return base::fail(ErrorCode::kInvalid, text, "no time: RFC 3339 or Unix seconds are understood");
}

base::Result<std::unique_ptr<TsdbServer>> TsdbServer::create(const TsdbFlags& flags) {
  CEEMS_TRY(const tsdb::TimePoint end, flags.end.empty() ? now() : parse_time(flags.end));
  CEEMS_TRY(const tsdb::TimePoint start, flags.start.empty() ? end - kUsualTime : parse_time(flags.start));
  if (start >= end) return base::fail(ErrorCode::kInvalid, "--start", "must be before --end");
  tsdb::ClientOptions options;
  CEEMS_TRY(options.web, read_config(flags));
  options.user_agent = fmt::format("ceems_tool/{}", base::version().version);
  CEEMS_TRY(auto catalogue, tsdb::Catalogue::create(options));
  CEEMS_TRY(auto client, tsdb::Client::create(std::move(options)));
  return std::make_unique<TsdbServer>(std::move(catalogue), std::move(client), start, end);
}

TsdbServer::TsdbServer(std::unique_ptr<tsdb::Catalogue> catalogue, std::unique_ptr<tsdb::Client> client,
                       tsdb::TimePoint start, tsdb::TimePoint end)
    : catalogue_(std::move(catalogue)),
      client_(std::move(client)),
      start_(start),
      end_(end),
      deadline_([this](const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, stop, kDeadline, [] { return false; });
        if (stop.stop_requested()) return;
        catalogue_->cancel();
        client_->cancel();
      }) {}

base::Result<std::vector<tsdb::LabelSet>> TsdbServer::series(const std::vector<std::string>& selectors) {
  return catalogue_->series(selectors, start_, end_);
}

base::Result<std::vector<std::string>> TsdbServer::label_values(std::string_view label,
                                                                const std::string& selector) {
  return catalogue_->label_values(label, selector, start_, end_);
}

base::Result<std::map<std::string, tsdb::Milliseconds>> TsdbServer::scrape_intervals() {
  return catalogue_->scrape_intervals();
}

base::Result<std::vector<tsdb::Sample>> TsdbServer::query(const std::string& promql) {
  return client_->query(promql, end_, tsdb::Milliseconds(0));
}

}  // namespace ceems::tool
