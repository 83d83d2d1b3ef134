#include "api/reply.h"

#include "base/log.h"

#include <memory>
#include <random>
#include <utility>

namespace ceems::api {

namespace {

constexpr std::string_view kHead = R"({"status":"success","data":[)";
constexpr std::string_view kTail = "]}\n";
// Up to this size a reply is sent as a whole.
constexpr std::size_t kWholeBytes = std::size_t{64} << 10;

struct ErrorName {
  std::string_view name;
  int status;
};

ErrorName name_of(ErrorType type) {
  switch (type) {
    case ErrorType::kUnauthorized:
      return {"unauthorized", 401};
    case ErrorType::kForbidden:
      return {"forbidden", 403};
    case ErrorType::kBadData:
      return {"bad_data", 400};
    case ErrorType::kExecution:
      return {"execution", 422};
    case ErrorType::kInternal:
      break;
  }
  return {"internal", 500};
}

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.fields.add("Content-Type", "application/json");
  response.fields.add("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

// Appends rows behind those that are there; returns whether there were any.
base::Result<bool> append_next(const RowSource& source, std::string& out, bool& first) {
  const std::size_t before = out.size();
  if (!first) out += ',';
  CEEMS_TRY(const bool more, source(out));
  if (more) {
    first = false;
  } else {
    out.resize(before);
  }
  return more;
}

}  // namespace

http::Response error_reply(ErrorType type, std::string_view message) {
  const auto [name, status] = name_of(type);
  std::string body = R"({"status":"error","data":null,"errorType":)";
  append_string(body, name);
  body += ",\"error\":";
  append_string(body, message);
  body += "}\n";
  return json_response(status, std::move(body));
}

http::Response internal_error(const base::Error& error) {
  thread_local std::mt19937_64 numbers{std::random_device{}()};
  const std::string id = fmt::format("{:016x}", numbers());
  base::Logger().error("request failed", {{"id", id}, {"error", error}});
  return error_reply(ErrorType::kInternal, fmt::format("internal error, see log of the server for {}", id));
}

http::Response empty_reply() {
  return json_response(200, "{\"status\":\"success\",\"data\":null}\n");
}

http::Response rows_reply(std::string_view rows) {
  std::string body(kHead);
  body += rows;
  body += kTail;
  return json_response(200, std::move(body));
}

http::Response streamed_reply(RowSource source) {
  std::string text(kHead);
  bool first = true;
  while (text.size() < kWholeBytes) {
    const auto more = append_next(source, text, first);
    if (!more) return internal_error(more.error());
    if (!*more) {
      text += kTail;
      return json_response(200, std::move(text));
    }
  }

  struct State {
    RowSource source;
    std::string waiting;  // made already, not sent yet
  };
  auto state = std::make_shared<State>(State{std::move(source), std::move(text)});
  http::Response response = json_response(200, "");
  response.body = http::BodyProducer([state](std::string& chunk) -> base::Result<bool> {
    if (!state->waiting.empty()) {
      chunk += std::exchange(state->waiting, std::string());
      return true;
    }
    bool nothing_before = false;
    const auto more = append_next(state->source, chunk, nothing_before);
    if (!more) {
      base::Logger().error("reply cut short", {{"error", more.error()}});
      return std::unexpected(more.error());
    }
    if (!*more) chunk += kTail;
    return *more;
  });
  return response;
}

}  // namespace ceems::api
