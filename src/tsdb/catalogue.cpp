#include "tsdb/catalogue.h"

#include "http/client.h"
#include "http/message.h"
#include "tsdb/answer.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::tsdb {

namespace {

constexpr std::size_t kLargestAnswer = std::size_t{256} << 20;
constexpr std::string_view kSeries = "/api/v1/series";

std::string without_slash(std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  return url;
}

std::string shown(const std::string& url) {
  const auto parsed = http::parse_url(url);
  return parsed ? without_slash(parsed->redacted()) : std::string("URL");
}

std::string seconds_text(TimePoint time) {
  return fmt::format("{:.3f}", static_cast<double>(time.time_since_epoch().count()) / 1000);
}

}  // namespace

base::Result<std::unique_ptr<Catalogue>> Catalogue::create(const ClientOptions& options) {
  CEEMS_TRY_VOID(http::parse_url(options.web.url));
  CEEMS_TRY(auto transport, http::Client::create({.config = options.web,
                                                  .user_agent = options.user_agent,
                                                  .timeout = options.query_timeout,
                                                  .max_body_bytes = kLargestAnswer}));
  return std::make_unique<Catalogue>(options.web.url, std::move(transport));
}

Catalogue::Catalogue(std::string url, std::unique_ptr<http::Client> transport)
    : url_(without_slash(std::move(url))), shown_(shown(url_)), transport_(std::move(transport)) {}

Catalogue::~Catalogue() = default;

void Catalogue::cancel() {
  transport_->cancel();
}

namespace {

base::Result<std::string> body_of(const http::Response& response, const std::string& subject) {
  if (response.status / 100 == 2) return std::string(response.text());
  const std::string reason = parse_refusal(response.text()).value_or("");
  return base::fail(base::ErrorCode::kUnavailable, subject, "answered {} {}{}{}", response.status,
                    http::reason_phrase(response.status), reason.empty() ? "" : ": ", reason);
}

template <class Value>
base::Result<Value> about(base::Result<Value> parsed, const std::string& subject) {
  if (!parsed) parsed.error().subject = subject;
  return parsed;
}

}  // namespace

base::Result<std::string> Catalogue::get(std::string_view path) {
  CEEMS_TRY(const http::Response response, transport_->send(url_ + std::string(path), {}));
  return body_of(response, shown_ + std::string(path.substr(0, path.find('?'))));
}

base::Result<std::vector<LabelSet>> Catalogue::series(const std::vector<std::string>& selectors,
                                                      TimePoint start, TimePoint end) {
  std::vector<http::Parameter> parameters;
  for (const std::string& selector : selectors)
    parameters.push_back({"match[]", selector});
  parameters.push_back({"start", seconds_text(start)});
  parameters.push_back({"end", seconds_text(end)});
  const std::string form = http::encode_form(parameters);
  http::Request post;
  post.method = "POST";
  post.idempotent = true;
  post.fields.set("Content-Type", "application/x-www-form-urlencoded");
  post.body = form;
  const std::string subject = shown_ + std::string(kSeries);
  CEEMS_TRY(http::Response response, transport_->send(url_ + std::string(kSeries), std::move(post)));
  if (response.status == 405 || response.status == 501) {
    CEEMS_TRY(response, transport_->send(url_ + std::string(kSeries) + "?" + form, {}));
  }
  CEEMS_TRY(const std::string body, body_of(response, subject));
  return about(parse_series(body), subject);
}

base::Result<std::vector<std::string>> Catalogue::label_values(std::string_view label,
                                                               const std::string& selector, TimePoint start,
                                                               TimePoint end) {
  const std::string path = fmt::format("/api/v1/label/{}/values", http::percent_encode(label));
  CEEMS_TRY(const std::string body,
            get(path + "?" +
                http::encode_form(
                    {{"match[]", selector}, {"start", seconds_text(start)}, {"end", seconds_text(end)}})));
  return about(parse_label_values(body), shown_ + path);
}

base::Result<std::map<std::string, Milliseconds>> Catalogue::scrape_intervals() {
  CEEMS_TRY(const std::string body, get("/api/v1/targets?state=active"));
  return about(parse_scrape_intervals(body), shown_ + "/api/v1/targets");
}

}  // namespace ceems::tsdb
