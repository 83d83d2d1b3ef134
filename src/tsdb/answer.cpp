#include "tsdb/answer.h"

#include "base/text.h"
#include "config/duration.h"
#include "config/yaml.h"
#include "tsdb/json_answer.h"

#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include <boost/json/monotonic_resource.hpp>

namespace ceems::tsdb {

namespace {

constexpr std::size_t kMaxShownError = 300;

std::optional<double> parse_sample_value(std::string_view text) {
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return base::parse_double(text);
}

base::Result<Sample> parse_sample(const json::value& element, const json::array& pair) {
  Sample sample;
  const json::value* metric = json::member(element, "metric");
  if (metric == nullptr || !metric->is_object()) return invalid_answer("an element has no labels");
  sample.labels.reserve(metric->get_object().size());
  for (const auto& label : metric->get_object()) {
    if (!label.value().is_string()) return invalid_answer("a label is not text");
    sample.labels.push_back({std::string(label.key().data(), label.key().size()),
                             std::string(json::view(label.value().get_string()))});
  }
  if (pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string())
    return invalid_answer("an element's value is not a pair of a time and a number");
  constexpr double kMsPerSecond = 1000;
  constexpr double kMaxMs = 1e15;  // some thirty thousand years
  const double ms = pair[0].to_number<double>() * kMsPerSecond;
  if (!(std::abs(ms) < kMaxMs)) return invalid_answer("an element's time is out of range");
  sample.time = TimePoint(Milliseconds(std::llround(ms)));
  const auto value = parse_sample_value(json::view(pair[1].get_string()));
  if (!value) return invalid_answer("an element's value is not a number");
  sample.value = *value;
  return sample;
}

void take_duration(std::string_view text, Milliseconds& target) {
  if (const auto duration = config::parse_duration(text); duration && duration->count() > 0)
    target = *duration;
}

}  // namespace

std::string_view Sample::label(std::string_view name) const {
  for (const LabelPair& pair : labels)
    if (pair.name == name) return pair.value;
  return {};
}

base::Result<std::vector<Sample>> parse_vector(std::string_view body) {
  boost::json::monotonic_resource memory;
  json::value tree(&memory);
  CEEMS_TRY(const json::value* data, parse_answer(body, tree));
  const auto type = json::find_text(*data, "resultType");
  if (type != "vector")
    return base::fail(base::ErrorCode::kInvalid, "", "the answer is a {} and not a vector",
                      type.value_or("mystery"));
  CEEMS_TRY(const json::array* result, json::need_array(*data, {"result"}));
  std::vector<Sample> samples;
  samples.reserve(result->size());
  for (const json::value& element : *result) {
    const json::value* pair = json::member(element, "value");
    if (pair == nullptr && json::member(element, "histogram") != nullptr) continue;
    if (pair == nullptr || !pair->is_array()) return invalid_answer("an element has no value");
    CEEMS_TRY(Sample sample, parse_sample(element, pair->get_array()));
    samples.push_back(std::move(sample));
  }
  return samples;
}

std::optional<std::string> parse_refusal(std::string_view body) {
  const auto tree = json::parse(body);
  if (!tree) return std::nullopt;
  const auto reason = json::find_text(*tree, "error");
  if (!reason) return std::nullopt;
  const std::string_view type = json::find_text(*tree, "errorType").value_or("");
  return (type.empty() ? std::string() : std::string(type) + ": ") +
         std::string(reason->substr(0, kMaxShownError));
}

base::Status take_config(std::string_view body, Settings& settings) {
  json::value tree;
  CEEMS_TRY(const json::value* data, parse_answer(body, tree));
  const auto yaml = json::find_text(*data, "yaml");
  if (!yaml) return invalid_answer("the answer has no configuration");
  CEEMS_TRY(const config::Document document, config::Document::parse(std::string(*yaml), "configuration"));
  const config::Node global = document.root()["global"];
  take_duration(global["scrape_interval"].string().value_or(""), settings.scrape_interval);
  take_duration(global["evaluation_interval"].string().value_or(""), settings.evaluation_interval);
  return {};
}

base::Status take_flags(std::string_view body, Settings& settings) {
  json::value tree;
  CEEMS_TRY(const json::value* data, parse_answer(body, tree));
  take_duration(json::find_text(*data, "query.lookback-delta").value_or(""), settings.lookback_delta);
  take_duration(json::find_text(*data, "query.timeout").value_or(""), settings.query_timeout);
  const auto samples = base::parse_u64(json::find_text(*data, "query.max-samples").value_or(""));
  if (samples && *samples > 0) settings.max_samples = *samples;
  return {};
}

base::Status take_runtime_info(std::string_view body, Settings& settings) {
  json::value tree;
  CEEMS_TRY(const json::value* data, parse_answer(body, tree));
  // "15d", or a time and a size: "15d or 500MiB".
  std::string_view rest = json::find_text(*data, "storageRetention").value_or("");
  std::string_view word;
  while (base::next_word(rest, word)) {
    const auto duration = config::parse_duration(word);
    if (!duration || duration->count() <= 0) continue;
    settings.retention = *duration;
    break;
  }
  return {};
}

bool selects_something(std::string_view selector) {
  selector = base::trim(selector);
  const std::size_t brace = selector.find('{');
  // A metric name alone, or before the braces, is enough.
  if (!base::trim(selector.substr(0, brace)).empty()) return true;
  if (brace == std::string_view::npos) return false;
  std::size_t at = brace + 1;
  while (at < selector.size()) {
    const char quote = selector[at];
    if (quote != '"' && quote != '\'' && quote != '`') {
      ++at;
      continue;
    }
    const std::size_t begin = at + 1;
    std::size_t end = begin;
    while (end < selector.size() && selector[end] != quote)
      end += selector[end] == '\\' && quote != '`' ? 2 : 1;
    const std::string_view value = selector.substr(begin, end - begin);
    const std::string_view before = base::trim(selector.substr(0, at));
    // Negative matchers, and patterns that match everything, accept a label that is absent.
    const bool negative = before.ends_with("!=") || before.ends_with("!~");
    const bool pattern = before.ends_with("=~");
    const bool accepts_absent = value.empty() || negative ||
                                (pattern && (value == ".*" || value.front() == '|' || value.back() == '|'));
    if (!accepts_absent) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace ceems::tsdb
