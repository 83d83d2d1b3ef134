#include "tsdb/client.h"

#include "base/log.h"
#include "config/duration.h"
#include "http/client.h"
#include "http/message.h"
#include "tsdb/answer.h"

#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace ceems::tsdb {

namespace {

using std::chrono::steady_clock;

constexpr std::string_view kQueryPath = "/api/v1/query";
constexpr std::chrono::hours kSettingsLifetime{6};
constexpr std::chrono::minutes kSettingsRetry{1};
// The server stops a query by itself; the connection outlives it by this much to hear so.
constexpr Milliseconds kGrace{5'000};

base::ErrorCode code_of(int status) {
  switch (status) {
    case 400:
    case 422:
      return base::ErrorCode::kInvalid;
    case 401:
    case 403:
      return base::ErrorCode::kPermission;
    case 404:
      return base::ErrorCode::kNotFound;
    case 408:
    case 504:
      return base::ErrorCode::kTimeout;
    default:
      return base::ErrorCode::kUnavailable;
  }
}

std::string seconds_text(TimePoint time) {
  return fmt::format("{:.3f}", static_cast<double>(time.time_since_epoch().count()) / 1000);
}

class HttpTsdb final : public Client {
 public:
  HttpTsdb(ClientOptions options, std::unique_ptr<http::Client> transport, std::string base,
           std::string shown)
      : options_(std::move(options)),
        transport_(std::move(transport)),
        base_(std::move(base)),
        shown_(std::move(shown)) {}

  base::Result<std::vector<Sample>> query(std::string_view promql, TimePoint time,
                                          Milliseconds lookback) override;
  base::Result<TimePoint> present() override;
  Settings settings() override;
  base::Status delete_series(const std::vector<std::string>& matchers, TimePoint start,
                             TimePoint end) override;
  void cancel() override { transport_->cancel(); }

 private:
  base::Result<std::vector<Sample>> instant_query(const std::vector<http::Parameter>& parameters) const;
  // The body of a 2xx answer.
  base::Result<std::string> fetch(std::string_view path, http::Request request) const;
  base::Result<http::Response> send(std::string_view path, http::Request request) const;
  base::Result<std::string> body_of(const http::Response& response, std::string_view path) const;
  // Asks for one page of settings; whether the question was answered at all, be it with "no such page".
  bool ask(std::string_view path, base::Status (*take)(std::string_view, Settings&),
           Settings& settings) const;

  ClientOptions options_;
  std::unique_ptr<http::Client> transport_;
  std::string base_;   // without a final slash
  std::string shown_;  // the same without a password

  std::mutex mutex_;
  Settings settings_;                      // guarded by mutex_
  steady_clock::time_point settings_due_;  // guarded by mutex_
};

base::Result<http::Response> HttpTsdb::send(std::string_view path, http::Request request) const {
  request.fields.set("Accept", "application/json");
  return transport_->send(base_ + std::string(path), std::move(request));
}

base::Result<std::string> HttpTsdb::body_of(const http::Response& response, std::string_view path) const {
  if (response.status / 100 == 2) return std::string(response.text());
  const std::string reason = parse_refusal(response.text()).value_or("");
  return base::fail(code_of(response.status), shown_ + std::string(path), "answered {} {}{}{}",
                    response.status, http::reason_phrase(response.status), reason.empty() ? "" : ": ",
                    reason);
}

base::Result<std::string> HttpTsdb::fetch(std::string_view path, http::Request request) const {
  CEEMS_TRY(const http::Response response, send(path, std::move(request)));
  return body_of(response, path);
}

base::Result<std::vector<Sample>> HttpTsdb::query(std::string_view promql, TimePoint time,
                                                  Milliseconds lookback) {
  std::vector<http::Parameter> parameters = {{"query", std::string(promql)},
                                             {"time", seconds_text(time)},
                                             {"timeout", config::print_duration(options_.query_timeout)}};
  if (lookback.count() > 0) parameters.push_back({"lookback_delta", config::print_go_duration(lookback)});
  return instant_query(parameters);
}

base::Result<TimePoint> HttpTsdb::present() {
  CEEMS_TRY(const std::vector<Sample> samples, instant_query({{"query", "vector(time())"}}));
  constexpr double kMillisecondsPerSecond = 1000;
  // The year 9999.
  constexpr double kLatestSeconds = 253'402'300'800;
  if (samples.size() != 1 || !(samples.front().value > 0 && samples.front().value < kLatestSeconds))
    return base::fail(base::ErrorCode::kInvalid, shown_ + std::string(kQueryPath),
                      "the answer to vector(time()) is no time");
  return TimePoint(Milliseconds(static_cast<std::int64_t>(samples.front().value * kMillisecondsPerSecond)));
}

base::Result<std::vector<Sample>> HttpTsdb::instant_query(
    const std::vector<http::Parameter>& parameters) const {
  const std::string form = http::encode_form(parameters);
  http::Request post;
  post.method = "POST";
  post.fields.set("Content-Type", "application/x-www-form-urlencoded");
  post.body = form;
  CEEMS_TRY(http::Response response, send(kQueryPath, std::move(post)));
  if (response.status == 405 || response.status == 501) {
    CEEMS_TRY(response, send(std::string(kQueryPath) + "?" + form, http::Request()));
  }
  CEEMS_TRY(const std::string body, body_of(response, kQueryPath));
  auto samples = parse_vector(body);
  if (!samples) samples.error().subject = shown_ + std::string(kQueryPath);
  return samples;
}

bool HttpTsdb::ask(std::string_view path, base::Status (*take)(std::string_view, Settings&),
                   Settings& settings) const {
  const auto body = fetch(path, {});
  if (!body) {
    base::Logger().debug("a TSDB does not tell its settings", {{"error", body.error()}});
    return body.error().code == base::ErrorCode::kNotFound ||
           body.error().code == base::ErrorCode::kPermission ||
           body.error().code == base::ErrorCode::kInvalid;
  }
  if (const auto status = take(*body, settings); !status)
    base::Logger().debug("a TSDB's settings cannot be read",
                         {{"url", shown_ + std::string(path)}, {"error", status.error()}});
  return true;
}

Settings HttpTsdb::settings() {
  const std::lock_guard lock(mutex_);
  if (steady_clock::now() < settings_due_) return settings_;
  Settings fresh = settings_;
  bool answered = ask("/api/v1/status/config", take_config, fresh);
  // A server that does not answer once need not be asked twice more.
  answered = answered && ask("/api/v1/status/flags", take_flags, fresh);
  answered = answered && ask("/api/v1/status/runtimeinfo", take_runtime_info, fresh);
  if (options_.scrape_interval.count() > 0) fresh.scrape_interval = options_.scrape_interval;
  if (options_.evaluation_interval.count() > 0) fresh.evaluation_interval = options_.evaluation_interval;
  settings_ = fresh;
  settings_due_ = steady_clock::now() + (answered ? steady_clock::duration(kSettingsLifetime)
                                                  : steady_clock::duration(kSettingsRetry));
  return settings_;
}

base::Status HttpTsdb::delete_series(const std::vector<std::string>& matchers, TimePoint start,
                                     TimePoint end) {
  constexpr std::string_view kPath = "/api/v1/admin/tsdb/delete_series";
  if (matchers.empty())
    return base::fail(base::ErrorCode::kInvalid, shown_ + std::string(kPath), "nothing to delete is named");
  std::vector<http::Parameter> parameters;
  for (const std::string& matcher : matchers) {
    if (!selects_something(matcher))
      return base::fail(base::ErrorCode::kInvalid, shown_ + std::string(kPath),
                        "refusing to delete by {}, which matches series without the label", matcher);
    parameters.push_back({"match[]", matcher});
  }
  parameters.push_back({"start", seconds_text(start)});
  parameters.push_back({"end", seconds_text(end)});
  http::Request post;
  post.method = "POST";
  post.fields.set("Content-Type", "application/x-www-form-urlencoded");
  post.body = http::encode_form(parameters);
  CEEMS_TRY_VOID(fetch(kPath, std::move(post)));
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  CEEMS_TRY(auto transport, http::Client::create({.config = options.web,
                                                  .user_agent = options.user_agent,
                                                  .timeout = options.query_timeout + kGrace}));
  return create(std::move(options), std::move(transport));
}

base::Result<std::unique_ptr<Client>> Client::create(ClientOptions options,
                                                     std::unique_ptr<http::Client> transport) {
  CEEMS_TRY(const http::Url url, http::parse_url(options.web.url));
  std::string base = options.web.url;
  std::string shown = url.redacted();
  while (base.ends_with('/'))
    base.pop_back();
  while (shown.ends_with('/'))
    shown.pop_back();
  return std::make_unique<HttpTsdb>(std::move(options), std::move(transport), std::move(base),
                                    std::move(shown));
}

}  // namespace ceems::tsdb
