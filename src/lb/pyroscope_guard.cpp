#include "lb/pyroscope_guard.h"

#include "base/text.h"
#include "lb/api_json.h"
#include "lb/api_protobuf.h"
#include "lb/profile_types.h"
#include "promql/parser.h"
#include "promql/printer.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace ceems::lb {

namespace {

// Lists of labels come from whole blocks; this is longer than any.
constexpr std::int64_t kBlockMs = std::int64_t{31} * 86'400'000;
constexpr std::int64_t kDefaultWindowMs = 3'600'000;
// Far enough from the ends of 64 bits for windows around it.
constexpr std::int64_t kMaxTimeMs = std::int64_t{1} << 53;
constexpr double kMaxStepSeconds = 1e9;
// Each may be narrowed to thousands of units; clients send one.
constexpr std::size_t kMaxSelectors = 20;

base::Result<MessageForm> form_of(const http::Request& request) {
  const auto type = request.fields.find("Content-Type");
  if (type && request.fields.count("Content-Type") == 1) {
    const std::string media = base::to_lower(base::trim(type->substr(0, type->find(';'))));
    if (media == "application/proto" || media == "application/protobuf") return MessageForm::kProtobuf;
    if (media == "application/json") return MessageForm::kJson;
  }
  return base::fail(base::ErrorCode::kInvalid, "Content-Type",
                    "unary calls with application/proto, application/protobuf or application/json are "
                    "understood, gRPC and streams are not");
}

base::Result<Message> read(const MessageType& type, MessageForm form, std::string_view body) {
  return form == MessageForm::kJson ? read_json(type, body) : read_protobuf(type, body);
}

// What a selector may read, and where the user's units are looked for.
struct Reach {
  store::TimeRange window;
  store::TimeRange all;
};

base::Result<std::string> narrow(std::string_view text, const Reach& reach, const access::Guard& guard) {
  promql::VectorSelector selector;
  if (!text.empty()) {
    CEEMS_TRY(selector, promql::parse_any_selector(text));
  }
  // So that it is judged by the label that profiles have.
  const bool asks_for_service = std::ranges::any_of(selector.matchers, [](const promql::Matcher& matcher) {
    return matcher.name() == access::kServiceLabel && !matcher.matches_empty();
  });
  if (!asks_for_service) {
    CEEMS_TRY(auto any,
              promql::Matcher::make(promql::MatchType::kNotEqual, std::string(access::kServiceLabel), ""));
    selector.matchers.push_back(std::move(any));
  }
  CEEMS_TRY_VOID(guard.narrow(selector, reach.window, reach.all));
  return promql::print(selector);
}

base::Status check_times(std::int64_t start, std::int64_t end) {
  for (const auto& [name, time] : {std::pair{"start", start}, {"end", end}})
    if (time < 0 || time > kMaxTimeMs)
      return base::fail(base::ErrorCode::kInvalid, name, "is no time in milliseconds since 1970");
  if (end < start)
    return base::fail(base::ErrorCode::kInvalid, "end", "the end must not be before the start");
  return {};
}

// Of SelectSeries and SelectHeatmap: points sum what lies within a step of them.
base::Result<std::int64_t> step_of(const Message& message) {
  if (message.type->find("step") == nullptr) return 0;
  const double seconds = number_of(message, "step");
  if (!(seconds >= 0 && seconds <= kMaxStepSeconds))
    return base::fail(base::ErrorCode::kInvalid, "step", "is no number of seconds above zero");
  return static_cast<std::int64_t>(std::ceil(seconds * 1e3));
}

base::Status narrow_select(Message& message, const access::Guard& guard) {
  const std::int64_t start = integer_of(message, "start");
  const std::int64_t end = integer_of(message, "end");
  CEEMS_TRY_VOID(check_times(start, end));
  CEEMS_TRY(const std::int64_t step, step_of(message));
  // The first point may be rounded down to a multiple of the step, and the last one up.
  const store::TimeRange window{start - 2 * step, end + step};
  CEEMS_TRY(std::string selector, narrow(text_of(message, "label_selector"), {window, window}, guard));
  set_text(message, "label_selector", std::move(selector));
  return {};
}

base::Status narrow_list(Message& message, const access::Guard& guard, std::int64_t now_ms) {
  std::int64_t end = integer_of(message, "end");
  if (end == 0) end = now_ms;
  std::int64_t start = integer_of(message, "start");
  if (start == 0) start = std::max<std::int64_t>(end - kDefaultWindowMs, 0);
  CEEMS_TRY_VOID(check_times(start, end));
  const Reach reach{{start, end}, {start - kBlockMs, end + kBlockMs}};
  std::vector<std::string> selectors = texts_of(message, "matchers");
  if (selectors.size() > kMaxSelectors)
    return base::fail(base::ErrorCode::kInvalid, "matchers", "more than {} selectors", kMaxSelectors);
  if (selectors.empty()) selectors.emplace_back();
  for (std::string& selector : selectors) {
    CEEMS_TRY(selector, narrow(selector, reach, guard));
  }
  set_texts(message, "matchers", std::move(selectors));
  set_integer(message, "start", start);
  set_integer(message, "end", end);
  return {};
}

base::Status narrow_diff(Message& message, const access::Guard& guard) {
  for (const std::string_view side : {"left", "right"}) {
    Message* const request = message_of(message, side);
    if (request == nullptr) return base::fail(base::ErrorCode::kInvalid, side, "this field is missing");
    CEEMS_TRY_VOID(narrow_select(*request, guard));
  }
  return {};
}

Message values_of_types(const Message& asked) {
  Message message{.type = &pyroscope_request(PyroscopeMethod::kLabelValues)};
  set_text(message, "name", std::string(kProfileTypeLabel));
  set_integer(message, "start", integer_of(asked, "start"));
  set_integer(message, "end", integer_of(asked, "end"));
  return message;
}

base::Status narrow_message(PyroscopeMethod method, Message& message, const access::Guard& guard,
                            std::int64_t now_ms) {
  switch (method) {
    case PyroscopeMethod::kProfileTypes:
    case PyroscopeMethod::kLabelValues:
    case PyroscopeMethod::kLabelNames:
    case PyroscopeMethod::kSeries:
      return narrow_list(message, guard, now_ms);
    case PyroscopeMethod::kDiff:
      return narrow_diff(message, guard);
    default:
      return narrow_select(message, guard);
  }
}

}  // namespace

std::string_view content_type(MessageForm form) {
  return form == MessageForm::kJson ? "application/json" : "application/proto";
}

base::Result<PyroscopeRequest> guard_pyroscope(const PyroscopeRoute& route, const http::Request& request,
                                               const access::Guard& guard, std::int64_t now_ms) {
  if (!request.query().empty())
    return base::fail(base::ErrorCode::kInvalid, "", "a call has no parameters in its URL");
  CEEMS_TRY(const MessageForm form, form_of(request));
  CEEMS_TRY(Message message, read(pyroscope_request(route.method), form, request.body));
  PyroscopeRequest guarded{.form = form, .target = route.path, .body = {}, .readable = {}};
  if (route.method == PyroscopeMethod::kProfileTypes) {
    message = values_of_types(message);
    guarded.target = pyroscope_path(PyroscopeMethod::kLabelValues);
    guarded.lists_types = true;
  }
  CEEMS_TRY_VOID(narrow_message(route.method, message, guard, now_ms));
  guarded.readable = write_json(message);
  guarded.body = form == MessageForm::kJson ? guarded.readable : write_protobuf(message);
  return guarded;
}

std::optional<std::string> readable_message(const PyroscopeRoute& route, const http::Request& request) {
  const auto form = form_of(request);
  if (!form) return std::nullopt;
  const auto message = read(pyroscope_request(route.method), *form, request.body);
  if (!message) return std::nullopt;
  return write_json(*message);
}

}  // namespace ceems::lb
