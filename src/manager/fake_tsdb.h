// A TSDB that was scraped as a test says, and that answers the questions this room asks: series of samples
// with stale markers, looked back at as Prometheus does. For tests of this room.
#pragma once

#include "tsdb/client.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace ceems::manager {

struct FakeSeries {
  std::vector<tsdb::LabelPair> labels;
  std::map<std::int64_t, std::optional<double>> samples;  // by time; nullopt: stale from then on
};

class FakeTsdb final : public tsdb::Client {
 public:
  std::int64_t scrape_interval_ms = 15'000;
  int questions = 0;                                                 // so far
  int fail_at = 0;                                                   // that question fails
  std::map<std::string, std::map<std::string, FakeSeries>> metrics;  // by metric and labels

  // A scrape of that target, in which these series were there. Series that were there before go stale.
  void scrape(std::int64_t time_ms, const std::string& instance,
              const std::vector<std::pair<std::string, std::map<std::string, std::string>>>& series,
              const std::vector<double>& values, bool record_up = true) {
    for (auto& [metric, all] : metrics)
      for (auto& [key, one] : all)
        if (metric != "up" && is_live(one) && label(one, "instance") == instance)
          one.samples[time_ms] = std::nullopt;
    if (record_up) add("up", {{"job", "ceems"}, {"instance", instance}}, time_ms, 1);
    for (std::size_t i = 0; i < series.size(); ++i) {
      auto labels = series[i].second;
      labels["job"] = "ceems";
      labels["instance"] = instance;
      add(series[i].first, labels, time_ms, values[i]);
    }
  }

  base::Result<std::vector<tsdb::Sample>> query(std::string_view promql, tsdb::TimePoint time,
                                                tsdb::Milliseconds lookback) override {
    ++questions;
    if (questions == fail_at) return base::fail(base::ErrorCode::kUnavailable, "http://tsdb", "answered 500");
    return answer(std::string(promql), time.time_since_epoch().count(), lookback.count());
  }
  base::Result<tsdb::TimePoint> present() override { return tsdb::TimePoint(); }
  tsdb::Settings settings() override {
    tsdb::Settings settings;
    settings.scrape_interval = tsdb::Milliseconds(scrape_interval_ms);
    return settings;
  }
  base::Status delete_series(const std::vector<std::string>&, tsdb::TimePoint, tsdb::TimePoint) override {
    return {};
  }
  void cancel() override {}

 private:
  using Answer = base::Result<std::vector<tsdb::Sample>>;
  using Value = std::function<std::optional<double>(const FakeSeries&)>;

  static std::string label(const FakeSeries& series, std::string_view name) {
    for (const auto& pair : series.labels)
      if (pair.name == name) return pair.value;
    return "";
  }
  static bool is_live(const FakeSeries& series) {
    return !series.samples.empty() && series.samples.rbegin()->second.has_value();
  }
  void add(const std::string& metric, const std::map<std::string, std::string>& labels, std::int64_t time_ms,
           double value) {
    std::string key;
    for (const auto& [name, text] : labels)
      key += name + "=" + text + ",";
    FakeSeries& series = metrics[metric][key];
    if (series.labels.empty())
      for (const auto& [name, text] : labels)
        series.labels.push_back({name, text});
    series.samples[time_ms] = value;
  }

  // The time of the latest sample in (at - lookback, at], unless it is stale.
  static std::optional<std::int64_t> latest(const FakeSeries& series, std::int64_t at,
                                            std::int64_t lookback) {
    auto next = series.samples.upper_bound(at);
    if (next == series.samples.begin()) return std::nullopt;
    --next;
    if (next->first <= at - lookback || !next->second) return std::nullopt;
    return next->first;
  }
  // Samples in [at - range, at].
  static std::optional<double> count(const FakeSeries& series, std::int64_t at, std::int64_t range) {
    double n = 0;
    for (auto s = series.samples.lower_bound(at - range); s != series.samples.end() && s->first <= at; ++s)
      if (s->second) ++n;
    return n > 0 ? std::optional(n) : std::nullopt;
  }

  Answer each(const std::string& metric, const std::string& matchers, const Value& value) {
    std::vector<tsdb::Sample> samples;
    static const std::regex kMatcher(R"re((\w+)(=~|=)"((?:[^"\\]|\\.)*)")re");
    for (const auto& [key, series] : metrics[metric]) {
      bool matches = true;
      for (std::sregex_iterator m(matchers.begin(), matchers.end(), kMatcher), end; m != end; ++m) {
        std::string pattern = std::regex_replace((*m)[3].str(), std::regex(R"(\\\\)"), "\\");
        const std::string text = label(series, (*m)[1].str());
        matches = matches && ((*m)[2] == "=" ? text == pattern : std::regex_match(text, std::regex(pattern)));
      }
      if (!matches) continue;
      if (const auto number = value(series)) samples.push_back({series.labels, {}, *number});
    }
    return samples;
  }

  Answer answer(const std::string& promql, std::int64_t at, std::int64_t lookback) {
    std::smatch m;
    const auto number = [&m](std::size_t i) { return std::stoll(m[i].str()); };
    static const std::string kSeries = R"re((\w+)\{(.*)\})re";
    static const std::regex kUp(R"re(timestamp\(up\))re");
    static const std::regex kUpEver(R"re(count\(last_over_time\(up\[1d\]\)\))re");
    static const std::regex kUpCount(
        R"re(count_over_time\(up\[(\d+)ms\]\)(?: and on \(job, instance\) count_over_time\()re" + kSeries +
        R"re(\[\d+ms\]\))?)re");
    static const std::regex kMost(
        R"re(max_over_time\(count_over_time\(up\[(\d+)ms\]\)\[(\d+)ms:(\d+)ms\]\) and on .*)re");
    static const std::regex kExtreme(R"re((min|max)_over_time\(\(timestamp\()re" + kSeries +
                                     R"re(\) > ([\d.]+)\)\[(\d+)ms:(\d+)ms\]\))re");
    static const std::regex kLatest(R"re(\(timestamp\()re" + kSeries + R"re(\) > ([\d.]+)\))re");
    static const std::regex kCount(R"re(count_over_time\()re" + kSeries + R"re(\[(\d+)ms\]\))re");
    static const std::regex kMaxBy(R"re(max by \(manager, uuid, job, instance\) \(max_over_time\()re" +
                                   kSeries + R"re(\[(\d+)ms\]\)\))re");
    static const std::regex kCountBy(R"re(count by \(manager, uuid, job, instance\) \(count_over_time\()re" +
                                     kSeries + R"re(\[(\d+)ms\]\)\))re");
    if (std::regex_match(promql, kUp))
      return each("up", "", [&](const FakeSeries& s) -> std::optional<double> {
        const auto time = latest(s, at, lookback);
        return time ? std::optional(static_cast<double>(*time) / 1000) : std::nullopt;
      });
    if (std::regex_match(promql, kUpEver)) {
      std::vector<tsdb::Sample> some;
      for (const auto& [key, series] : metrics["up"])
        if (count(series, at, 86'400'000)) some = {{{}, {}, 1}};
      return some;
    }
    if (std::regex_match(promql, m, kUpCount)) {
      const std::int64_t range = number(1);
      return each("up", "", [&, range](const FakeSeries& s) { return count(s, at, range); });
    }
    if (std::regex_match(promql, m, kMost)) {
      const std::int64_t range = number(1);
      const std::int64_t length = number(2);
      const std::int64_t step = number(3);
      return each("up", "", [&, range, length, step](const FakeSeries& s) {
        std::optional<double> most;
        for (std::int64_t t = (at - length + step - 1) / step * step; t <= at; t += step)
          if (const auto n = count(s, t, range)) most = std::max(most.value_or(0), *n);
        return most;
      });
    }
    if (std::regex_match(promql, m, kExtreme)) {
      const bool smallest = m[1] == "min";
      const std::string matchers = m[3];
      const double after = std::stod(m[4]) * 1000;
      const std::int64_t range = number(5);
      const std::int64_t step = number(6);
      return each(m[2], matchers, [&, after, range, step, smallest](const FakeSeries& s) {
        std::optional<double> result;
        for (std::int64_t t = (at - range + step - 1) / step * step; t <= at; t += step) {
          const auto time = latest(s, t, lookback);
          if (!time || static_cast<double>(*time) <= after) continue;
          const double seconds = static_cast<double>(*time) / 1000;
          result = !result ? seconds : smallest ? std::min(*result, seconds) : std::max(*result, seconds);
        }
        return result;
      });
    }
    if (std::regex_match(promql, m, kLatest)) {
      const double after = std::stod(m[3]) * 1000;
      return each(m[1], m[2], [&, after](const FakeSeries& s) -> std::optional<double> {
        const auto time = latest(s, at, lookback);
        if (!time || static_cast<double>(*time) <= after) return std::nullopt;
        return static_cast<double>(*time) / 1000;
      });
    }
    if (std::regex_match(promql, m, kCount) || std::regex_match(promql, m, kCountBy)) {
      const std::int64_t range = number(3);
      return each(m[1], m[2], [&, range](const FakeSeries& s) { return count(s, at, range); });
    }
    if (std::regex_match(promql, m, kMaxBy)) {
      const std::int64_t range = number(3);
      return each(m[1], m[2], [&, range](const FakeSeries& s) -> std::optional<double> {
        std::optional<double> most;
        for (auto p = s.samples.lower_bound(at - range); p != s.samples.end() && p->first <= at; ++p)
          if (p->second) most = std::max(most.value_or(*p->second), *p->second);
        return most;
      });
    }
    return base::fail(base::ErrorCode::kInvalid, promql, "the fake does not know this question");
  }
};

}  // namespace ceems::manager
