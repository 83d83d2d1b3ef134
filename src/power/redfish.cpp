#include "power/redfish.h"

#include <algorithm>
#include <utility>

namespace ceems::power {

namespace {

using base::ErrorCode;

constexpr std::size_t kMostChassis = 256;
constexpr std::size_t kMostPages = 16;
constexpr int kRediscoverAfter = 360;  // readings: an hour at the usual pace
constexpr const char* kRoot = "/redfish/v1/";

bool ends_reading(const base::Error& error) {
  return error.code == ErrorCode::kTimeout || error.code == ErrorCode::kCancelled;
}

}  // namespace

RedfishMeter::RedfishMeter(RedfishMeterOptions options, std::unique_ptr<http::Client> client)
    : options_(std::move(options)), session_(options_.config, std::move(client)) {}

base::Result<std::string> RedfishMeter::get(const std::string& link) {
  if (*stopping_) return base::fail(ErrorCode::kCancelled, link, "stopping");
  if (options_.now() >= deadline_)
    return base::fail(ErrorCode::kTimeout, session_.target(), "it takes too long in all");
  return session_.get(link);
}

base::Status RedfishMeter::discover() {
  const auto broken = [&](const std::string& link) {
    return base::fail(ErrorCode::kInvalid, session_.target() + link, "not the JSON of Redfish");
  };
  std::string host = options_.config.host;
  if (host.empty()) {
    CEEMS_TRY(host, options_.find_host());
  }
  session_.contact(host);
  CEEMS_TRY(const std::string root, session_.get_openly(kRoot));
  const auto service = parse_redfish_service(root);
  if (!service || service->chassis.empty()) return broken(kRoot);
  CEEMS_TRY_VOID(session_.begin(service->sessions));
  std::deque<std::string> members;
  std::string next = service->chassis;
  for (std::size_t page = 0; page < kMostPages && !next.empty(); ++page) {
    CEEMS_TRY(const std::string text, get(next));
    const auto collection = parse_redfish_collection(text);
    if (!collection) return broken(next);
    for (const std::string& link : collection->members) {
      if (members.size() < kMostChassis) members.push_back(link);
    }
    next = collection->next == next ? "" : collection->next;
  }
  new_ = std::move(members);
  known_.clear();
  discovered_ = true;
  readings_ = 0;
  return {};
}

void RedfishMeter::look_at_new(std::optional<base::Error>& problem) {
  while (!new_.empty()) {
    const auto text = get(new_.front());
    if (!text) {
      problem = text.error();
      if (ends_reading(*problem)) {
        // Next time another comes first.
        std::ranges::rotate(new_, new_.begin() + 1);
        return;
      }
    } else if (auto chassis = parse_redfish_chassis(*text)) {
      RedfishChassisReader reader(*std::move(chassis));
      if (reader.may_have_power()) known_.push_back(std::move(reader));
    }
    new_.pop_front();
  }
}

void RedfishMeter::read_known(RedfishSnapshot& snapshot) {
  const auto get_link = [this](const std::string& link) { return get(link); };
  bool gone = false;
  for (RedfishChassisReader& chassis : known_) {
    auto power = chassis.read(get_link, options_.now());
    if (power) {
      snapshot.chassis.push_back(*std::move(power));
      continue;
    }
    gone = gone || power.error().code == ErrorCode::kNotFound;
    if (!snapshot.problem || power.error().code != ErrorCode::kNoData) snapshot.problem = power.error();
    if (ends_reading(power.error())) break;
  }
  // Nothing to ask any more.
  std::erase_if(known_, [](const RedfishChassisReader& chassis) { return !chassis.may_have_power(); });
  // It was put elsewhere: look for all again.
  if (gone) discovered_ = false;
}

base::Result<RedfishSnapshot> RedfishMeter::read(const std::atomic<bool>& stopping) {
  stopping_ = &stopping;
  const Clock::time_point begin = options_.now();
  deadline_ = begin + options_.time_limit;
  if (!discovered_ || ++readings_ > kRediscoverAfter) CEEMS_TRY_VOID(discover());
  RedfishSnapshot snapshot;
  // Those that are known shall be read, however many are new.
  deadline_ = begin + options_.time_limit / 2;
  look_at_new(snapshot.problem);
  deadline_ = begin + options_.time_limit;
  read_known(snapshot);
  if (!snapshot.chassis.empty()) return snapshot;
  if (new_.empty()) discovered_ = false;
  if (snapshot.problem) return std::unexpected(*std::move(snapshot.problem));
  return base::fail(ErrorCode::kNoData, session_.target(), "no chassis has a meter");
}

}  // namespace ceems::power
