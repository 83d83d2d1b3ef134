#include "power/redfish.h"

#include "base/log.h"
#include "base/text.h"

#include <algorithm>
#include <utility>

#include <boost/json.hpp>

namespace ceems::power {

namespace {

namespace json = boost::json;

constexpr double kMostWatts = 1e6;  // above it is no chassis
constexpr std::size_t kMostChassis = 64;
constexpr std::size_t kMostPages = 16;
constexpr int kRediscoverAfter = 360;  // readings: an hour at the usual pace

std::optional<json::value> parse(std::string_view text) {
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = 32;
  auto value = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed || !value.is_object()) return std::nullopt;
  return value;
}

const json::value* member(const json::value& value, std::string_view key) {
  const auto* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(json::string_view(key.data(), key.size()));
}

std::string text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return "";
  return {value->get_string().data(), value->get_string().size()};
}

// Only paths of the service itself: what a BMC says must not send credentials elsewhere.
std::string link_of(const json::value* value) {
  std::string link = value == nullptr ? "" : text_of(member(*value, "@odata.id"));
  return link.starts_with("/redfish/") && link.size() < 1024 && link.find("..") == std::string::npos ? link
                                                                                                     : "";
}

std::optional<double> number_of(const json::value* value, double most) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->to_number<double>();
  return number >= 0 && number <= most ? std::optional(number) : std::nullopt;
}

void add(std::optional<double>& sum, std::optional<double> value) {
  if (value) sum = sum.value_or(0) + *value;
}

bool is_success(int status) {
  return status == 200 || status == 201 || status == 202 || status == 204;
}

}  // namespace

bool add_redfish_power(std::string_view text, RedfishPower& power) {
  const auto resource = parse(text);
  if (!resource) return false;
  const json::value* const controls = member(*resource, "PowerControl");
  if (controls == nullptr || !controls->is_array()) return true;
  for (const json::value& control : controls->get_array()) {
    add(power.current, number_of(member(control, "PowerConsumedWatts"), kMostWatts));
    const json::value* const metrics = member(control, "PowerMetrics");
    if (metrics == nullptr) continue;
    add(power.minimum, number_of(member(*metrics, "MinConsumedWatts"), kMostWatts));
    add(power.maximum, number_of(member(*metrics, "MaxConsumedWatts"), kMostWatts));
    add(power.average, number_of(member(*metrics, "AverageConsumedWatts"), kMostWatts));
  }
  return true;
}

bool add_redfish_environment(std::string_view text, RedfishPower& power) {
  constexpr double kMostJoules = 1e15;
  const auto resource = parse(text);
  if (!resource) return false;
  const auto reading = [&](std::string_view key, double most) -> std::optional<double> {
    const json::value* const excerpt = member(*resource, key);
    return excerpt == nullptr ? std::nullopt : number_of(member(*excerpt, "Reading"), most);
  };
  add(power.current, reading("PowerWatts", kMostWatts));
  power.energy_joules = reading("EnergyJoules", kMostJoules);
  if (!power.energy_joules) {
    if (const auto kwh = reading("EnergykWh", kMostJoules / 3.6e6)) power.energy_joules = *kwh * 3.6e6;
  }
  return true;
}

RedfishMeter::RedfishMeter(RedfishConfig config, std::unique_ptr<http::Client> client)
    : config_(std::move(config)), client_(std::move(client)) {}

RedfishMeter::~RedfishMeter() {
  end_session();
}

base::Result<http::Response> RedfishMeter::send(std::string_view method, const std::string& path,
                                                std::string body, bool authenticated) {
  http::Request request;
  request.method = method;
  request.body = std::move(body);
  request.fields.add("Accept", "application/json");
  if (!request.body.empty()) request.fields.add("Content-Type", "application/json");
  if (config_.proxied) request.fields.add("X-Redfish-Url", config_.target);
  if (authenticated && !token_.empty()) request.fields.add("X-Auth-Token", token_);
  return client_->send(config_.endpoint + path, std::move(request));
}

base::Status RedfishMeter::log_in() {
  if (config_.username.empty() || !config_.use_session_token || sessions_.empty()) return {};
  CEEMS_TRY(const http::Response answer, send("POST", sessions_,
                                              "{\"UserName\":" + base::json_quote(config_.username) +
                                                  ",\"Password\":" + base::json_quote(config_.password) + "}",
                                              false));
  if (!is_success(answer.status))
    return base::fail(base::ErrorCode::kPermission, config_.target, "login: status {}", answer.status);
  const auto token = answer.fields.find("X-Auth-Token");
  if (!token) return base::fail(base::ErrorCode::kInvalid, config_.target, "login: no token");
  token_ = *token;
  session_ = answer.fields.find("Location").value_or("");
  if (const auto scheme = session_.find("://"); scheme != std::string::npos) {
    const auto slash = session_.find('/', scheme + 3);
    session_ = slash == std::string::npos ? "" : session_.substr(slash);
  }
  return {};
}

void RedfishMeter::end_session() {
  if (!token_.empty() && session_.starts_with("/redfish/")) {
    const auto answer = send("DELETE", session_, "", true);
    if (!answer) base::Logger().warn("a session of Redfish stays behind", {{"error", answer.error()}});
  }
  token_.clear();
  session_.clear();
}

base::Result<std::string> RedfishMeter::get(const std::string& path) {
  for (const bool last : {false, true}) {
    CEEMS_TRY(const http::Response answer, send("GET", path, "", true));
    if (is_success(answer.status)) return std::string(answer.text());
    const bool ended = answer.status == 401 || answer.status == 403;
    if (last || !ended || token_.empty())
      return base::fail(ended                  ? base::ErrorCode::kPermission
                        : answer.status == 404 ? base::ErrorCode::kNotFound
                                               : base::ErrorCode::kUnavailable,
                        config_.target + path, "status {}", answer.status);
    end_session();
    CEEMS_TRY_VOID(log_in());
  }
  return base::fail(base::ErrorCode::kInternal, path, "unreachable");
}

base::Status RedfishMeter::discover(const std::atomic<bool>& stopping) {
  const auto broken = [&](const std::string& path) {
    return base::fail(base::ErrorCode::kInvalid, config_.target + path, "not the JSON of Redfish");
  };
  CEEMS_TRY(const http::Response root, send("GET", "/redfish/v1/", "", false));
  if (!is_success(root.status))
    return base::fail(base::ErrorCode::kUnavailable, config_.target, "status {}", root.status);
  const auto service = parse(root.text());
  if (!service) return broken("/redfish/v1/");
  const json::value* const links = member(*service, "Links");
  sessions_ = links == nullptr ? "" : link_of(member(*links, "Sessions"));
  std::string next = link_of(member(*service, "Chassis"));
  if (next.empty()) return broken("/redfish/v1/");
  if (token_.empty()) CEEMS_TRY_VOID(log_in());
  std::vector<std::string> members;
  for (std::size_t page = 0; page < kMostPages && !next.empty(); ++page) {
    CEEMS_TRY(const std::string text, get(next));
    const auto collection = parse(text);
    if (!collection) return broken(next);
    const json::value* list = member(*collection, "Links");
    list = list == nullptr ? nullptr : member(*list, "Members");
    if (list == nullptr || !list->is_array() || list->get_array().empty())
      list = member(*collection, "Members");
    if (list != nullptr && list->is_array()) {
      for (const json::value& one : list->get_array()) {
        if (members.size() < kMostChassis && !link_of(&one).empty()) members.push_back(link_of(&one));
      }
    }
    const std::string following = text_of(member(*collection, "Members@odata.nextLink"));
    next = following.starts_with("/redfish/") && following != next ? following : "";
  }
  std::vector<Chassis> found;
  for (const std::string& path : members) {
    if (stopping) return base::fail(base::ErrorCode::kCancelled, path, "stopping");
    CEEMS_TRY(const std::string text, get(path));
    const auto one = parse(text);
    if (!one) return broken(path);
    Chassis chassis{.id = text_of(member(*one, "Id")),
                    .power = link_of(member(*one, "Power")),
                    .environment = link_of(member(*one, "EnvironmentMetrics"))};
    // Shelves, modules and the like without a meter are no concern.
    if (!chassis.power.empty() || !chassis.environment.empty()) found.push_back(std::move(chassis));
  }
  chassis_ = std::move(found);
  readings_ = 0;
  return {};
}

base::Result<RedfishPower> RedfishMeter::read_chassis(const Chassis& chassis) {
  RedfishPower power{.chassis = chassis.id};
  std::optional<base::Error> problem;
  const auto read = [&](const std::string& path, bool (*add_to)(std::string_view, RedfishPower&)) {
    if (path.empty() || power.current) return;
    const auto text = get(path);
    if (!text) {
      problem = text.error();
    } else if (!add_to(*text, power)) {
      problem = base::Error{base::ErrorCode::kInvalid, "not the JSON of Redfish", config_.target + path};
    }
  };
  read(chassis.power, add_redfish_power);
  read(chassis.environment, add_redfish_environment);
  if (power.current || power.energy_joules) return power;
  if (problem) return std::unexpected(*std::move(problem));
  return base::fail(base::ErrorCode::kNoData, chassis.id, "the chassis tells no power");
}

base::Result<RedfishSnapshot> RedfishMeter::read(const std::atomic<bool>& stopping) {
  if (chassis_.empty() || ++readings_ > kRediscoverAfter) CEEMS_TRY_VOID(discover(stopping));
  RedfishSnapshot snapshot;
  for (const Chassis& chassis : chassis_) {
    if (stopping) return base::fail(base::ErrorCode::kCancelled, chassis.id, "stopping");
    auto power = read_chassis(chassis);
    if (power) {
      snapshot.chassis.push_back(*std::move(power));
    } else if (!snapshot.problem || power.error().code != base::ErrorCode::kNoData) {
      snapshot.problem = power.error();
      // A BMC that doesn't answer would take its time for each chassis.
      if (power.error().code == base::ErrorCode::kTimeout) break;
    }
  }
  if (!snapshot.chassis.empty()) return snapshot;
  chassis_.clear();
  if (snapshot.problem) return std::unexpected(*std::move(snapshot.problem));
  return base::fail(base::ErrorCode::kNoData, config_.target, "no chassis has a meter");
}

}  // namespace ceems::power
