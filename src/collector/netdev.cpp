#include "collector/netdev.h"

#include "base/file.h"
#include "collector/netdev_file.h"
#include "collector/source_table.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <re2/re2.h>

namespace ceems::collector {

namespace {

using exposition::Family;
using exposition::MetricType;

constexpr std::string_view kLabels = "device,hostname";

// In the order of the file's fields.
constexpr std::array kFamilies{
    Family{"ceems_netdev_receive_bytes_total", MetricType::kCounter, "Bytes received.", kLabels},
    Family{"ceems_netdev_receive_packets_total", MetricType::kCounter, "Packets received.", kLabels},
    Family{"ceems_netdev_receive_errors_total", MetricType::kCounter,
           "Errors while receiving, as the driver counts them.", kLabels},
    Family{"ceems_netdev_receive_dropped_total", MetricType::kCounter, "Received packets that were dropped.",
           kLabels},
    Family{"ceems_netdev_receive_fifo_total", MetricType::kCounter, "Overruns of the receive buffer.",
           kLabels},
    Family{"ceems_netdev_receive_frame_total", MetricType::kCounter, "Framing errors of received packets.",
           kLabels},
    Family{"ceems_netdev_receive_compressed_total", MetricType::kCounter, "Compressed packets received.",
           kLabels},
    Family{"ceems_netdev_receive_multicast_total", MetricType::kCounter, "Multicast frames received.",
           kLabels},
    Family{"ceems_netdev_transmit_bytes_total", MetricType::kCounter, "Bytes transmitted.", kLabels},
    Family{"ceems_netdev_transmit_packets_total", MetricType::kCounter, "Packets transmitted.", kLabels},
    Family{"ceems_netdev_transmit_errors_total", MetricType::kCounter,
           "Errors while transmitting, as the driver counts them.", kLabels},
    Family{"ceems_netdev_transmit_dropped_total", MetricType::kCounter,
           "Packets dropped before they were transmitted.", kLabels},
    Family{"ceems_netdev_transmit_fifo_total", MetricType::kCounter, "Underruns of the transmit buffer.",
           kLabels},
    Family{"ceems_netdev_transmit_colls_total", MetricType::kCounter, "Collisions.", kLabels},
    Family{"ceems_netdev_transmit_carrier_total", MetricType::kCounter, "Losses of the carrier.", kLabels},
    Family{"ceems_netdev_transmit_compressed_total", MetricType::kCounter, "Compressed packets transmitted.",
           kLabels},
};
static_assert(kFamilies.size() == kNetdevFields);

class NetdevCollector final : public Collector {
 public:
  NetdevCollector(const NodeContext& node, std::unique_ptr<RE2> include, std::unique_ptr<RE2> exclude)
      : hostname_(node.hostname),
        of_init_(base::join_path(node.procfs, "1/net/dev")),
        own_(base::join_path(node.procfs, "net/dev")),
        log_(base::Logger().with("collector", "netdev")),
        include_(std::move(include)),
        exclude_(std::move(exclude)) {}

  std::string_view name() const override { return "netdev"; }
  std::span<const Family> families() const override { return kFamilies; }

  base::Status collect(const ScrapeContext& /*context*/) override {
    table_.clear_values();
    auto text = base::read_file(of_init_);
    if (!text) text = base::read_file(own_);
    if (!text) return std::unexpected(std::move(text).error());
    NetdevTable parsed = parse_netdev(*text);
    say(parsed.broken);
    std::erase_if(parsed.lines, [&](const NetdevLine& line) { return !wanted(line.device); });
    if (parsed.lines.empty()) {
      if (parsed.broken > 0) return base::fail(base::ErrorCode::kInvalid, own_, "no line can be read");
      return base::fail(base::ErrorCode::kNoData, "", "no device that is asked for");
    }
    if (!std::ranges::equal(devices_, parsed.lines, {}, {}, &NetdevLine::device)) set_rows(parsed.lines);
    for (std::size_t row = 0; row < parsed.lines.size(); ++row) {
      for (std::size_t field = 0; field < kNetdevFields; ++field)
        table_.set(row, field, static_cast<double>(parsed.lines[row].counters[field]));
    }
    return {};
  }

  void emit(exposition::Emitter& emitter) const override { table_.emit(emitter); }

 private:
  bool wanted(std::string_view device) const {
    if (exclude_ && RE2::PartialMatch({device.data(), device.size()}, *exclude_)) return false;
    return !include_ || RE2::PartialMatch({device.data(), device.size()}, *include_);
  }

  void set_rows(const std::vector<NetdevLine>& lines) {
    devices_.clear();
    std::vector<RowLabels> rows;
    for (const NetdevLine& line : lines) {
      devices_.emplace_back(line.device);
      rows.push_back({{"device", devices_.back()}, {"hostname", hostname_}});
    }
    table_.set_rows(rows);
  }

  // Once for each change.
  void say(std::size_t broken) {
    if (broken > broken_) log_.warn("lines of the table of devices can't be read", {{"lines", broken}});
    broken_ = broken;
  }

  const std::string hostname_;
  const std::string of_init_;
  const std::string own_;
  const base::Logger log_;
  const std::unique_ptr<RE2> include_;  // null: all
  const std::unique_ptr<RE2> exclude_;  // null: none
  SourceTable table_{kFamilies};
  std::vector<std::string> devices_;  // what the table's rows were made of
  std::size_t broken_ = 0;
};

base::Result<std::unique_ptr<RE2>> compile(const std::string& pattern, std::string_view flag) {
  if (pattern.empty()) return nullptr;
  auto regex = std::make_unique<RE2>(pattern, RE2::Quiet);
  if (!regex->ok())
    return base::fail(base::ErrorCode::kInvalid, flag, "no regular expression: {}", regex->error());
  return regex;
}

}  // namespace

base::Result<std::unique_ptr<Collector>> make_netdev_collector(const NodeContext& node,
                                                               const NetdevOptions& options) {
  if (!options.include.empty() && !options.exclude.empty())
    return base::fail(base::ErrorCode::kInvalid, "--collector.netdev.device-include",
                      "can't be given together with --collector.netdev.device-exclude");
  CEEMS_TRY(auto include, compile(options.include, "--collector.netdev.device-include"));
  CEEMS_TRY(auto exclude, compile(options.exclude, "--collector.netdev.device-exclude"));
  return std::make_unique<NetdevCollector>(node, std::move(include), std::move(exclude));
}

}  // namespace ceems::collector
