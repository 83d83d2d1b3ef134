// The Prometheus server that the `tsdb` commands look at: its flags, and asking it within two minutes.
#pragma once

#include "base/result.h"
#include "config/flags.h"
#include "tsdb/catalogue.h"
#include "tsdb/client.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace ceems::tool {

// --http.config.file, --url, --start, --end
struct TsdbFlags {
  std::string http_config_file;
  std::string url;
  std::string start;
  std::string end;
  void declare(config::Flags& flags);
};

class TsdbServer {
 public:
  // Errors name the flag or the file.
  static base::Result<std::unique_ptr<TsdbServer>> create(const TsdbFlags& flags);
  TsdbServer(std::unique_ptr<tsdb::Catalogue> catalogue, std::unique_ptr<tsdb::Client> client,
             tsdb::TimePoint start, tsdb::TimePoint end);

  tsdb::TimePoint start() const { return start_; }
  tsdb::TimePoint end() const { return end_; }
  // Series of any of these selectors between start and end.
  base::Result<std::vector<tsdb::LabelSet>> series(const std::vector<std::string>& selectors);
  base::Result<std::vector<std::string>> label_values(std::string_view label, const std::string& selector);
  base::Result<std::map<std::string, tsdb::Milliseconds>> scrape_intervals();
  // At the end of the time.
  base::Result<std::vector<tsdb::Sample>> query(const std::string& promql);
  tsdb::Settings settings() { return client_->settings(); }

 private:
  std::unique_ptr<tsdb::Catalogue> catalogue_;
  std::unique_ptr<tsdb::Client> client_;
  tsdb::TimePoint start_;
  tsdb::TimePoint end_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread deadline_;  // the last member: stopped and joined before the others go
};

// RFC 3339, or seconds since the epoch with or without a fraction.
base::Result<tsdb::TimePoint> parse_time(std::string_view text);

}  // namespace ceems::tool
