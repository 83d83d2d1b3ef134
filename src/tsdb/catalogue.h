// What a Prometheus-compatible server holds, without values: series, labels, scrape jobs
// (https://prometheus.io/docs/prometheus/latest/querying/api/#querying-metadata). Blocking; thread-safe.
#pragma once

#include "base/result.h"
#include "tsdb/client.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::tsdb {

using LabelSet = std::vector<LabelPair>;  // as the server sent them; the metric is label __name__

std::string_view label_of(const LabelSet& labels, std::string_view name);  // "" when absent

class Catalogue {
 public:
  static base::Result<std::unique_ptr<Catalogue>> create(const ClientOptions& options);
  Catalogue(std::string url, std::unique_ptr<http::Client> transport);
  ~Catalogue();

  // POST /api/v1/series, again as GET on 405 or 501. Those that match any of the selectors.
  base::Result<std::vector<LabelSet>> series(const std::vector<std::string>& selectors, TimePoint start,
                                             TimePoint end);
  // GET /api/v1/label/<label>/values.
  base::Result<std::vector<std::string>> label_values(std::string_view label, const std::string& selector,
                                                      TimePoint start, TimePoint end);
  // GET /api/v1/targets: the interval of each scrape job that has targets; the shortest, if they differ.
  base::Result<std::map<std::string, Milliseconds>> scrape_intervals();
  void cancel();  // what runs and what comes fails with kCancelled

 private:
  base::Result<std::string> get(std::string_view path);

  std::string url_;
  std::string shown_;  // the same without a password
  std::unique_ptr<http::Client> transport_;
};

// From the bodies of answers; kInvalid, with what is wrong, for anything else.
base::Result<std::vector<LabelSet>> parse_series(std::string_view body);
base::Result<std::vector<std::string>> parse_label_values(std::string_view body);
base::Result<std::map<std::string, Milliseconds>> parse_scrape_intervals(std::string_view body);

}  // namespace ceems::tsdb
