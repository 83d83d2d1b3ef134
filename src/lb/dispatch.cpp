#include "lb/dispatch.h"

#include "base/text.h"
#include "lb/error_answer.h"
#include "lb/label_filter.h"

#include <memory>
#include <string_view>
#include <utility>

namespace ceems::lb {

namespace {

bool is_json(const http::Fields& fields) {
  const auto type = fields.find("Content-Type");
  return type && base::to_lower(base::trim(type->substr(0, type->find(';')))) == "application/json";
}

// Takes the labels of `backend` out of what it answers.
base::Status filter_labels(const Backend& backend, const TsdbRoute& route, http::ForwardedHead& head) {
  if (!is_json(head.fields)) return {};
  if (const auto coding = head.fields.find("Content-Encoding");
      coding && base::to_lower(*coding) != "identity")
    return base::fail(base::ErrorCode::kInvalid, "", "answered with a coding that was not asked for");
  auto filter = std::make_shared<LabelFilter>(route.resource, route.label, backend.settings.filter_labels);
  head.rewriter = [filter](std::string_view piece, bool last, std::string& out) -> base::Status {
    CEEMS_TRY_VOID(filter->feed(piece, out));
    return last ? filter->end() : base::Status();
  };
  return {};
}

// What all attempts of one request share.
struct Exchange {
  std::shared_ptr<Backends> backends;
  SelfMetrics* metrics;
  Asked asked;
  bool tames_errors;
  AnswerEdit edit;
};

base::Status edit_head(const Exchange& exchange, const Backend& backend, http::ForwardedHead& head) {
  if (head.status >= 400 && exchange.tames_errors) {
    const auto coding = head.fields.find("Content-Encoding");
    head.rewriter = tame_errors(head.status, coding);
    head.fields.remove("Content-Encoding");
    head.fields.set("Content-Type", "application/json");
    return {};
  }
  if (head.status == 200 && exchange.edit) return exchange.edit(head);
  const std::optional<TsdbRoute>& route = exchange.asked.route;
  if (head.status == 200 && route && can_filter_labels(route->resource) &&
      !backend.settings.filter_labels.empty())
    return filter_labels(backend, *route, head);
  return {};
}

http::Response no_server() {
  return http::text_response(503, "Service not available\n");
}

http::Answer count(const Exchange& exchange, http::Response response) {
  exchange.metrics->count_request(exchange.backends->kind(), exchange.asked.cluster_id, response.status,
                                  std::chrono::steady_clock::now() - exchange.asked.since);
  return response;
}

void forward_to(Backend& backend, const std::shared_ptr<const Exchange>& exchange, http::Forward& forward) {
  forward.upstream = backend.upstream;
  if (!backend.settings.filter_labels.empty() && exchange->asked.route &&
      can_filter_labels(exchange->asked.route->resource))
    forward.fields.set("Accept-Encoding", "identity");
  forward.on_head = [exchange, &backend](http::ForwardedHead& head) {
    return edit_head(*exchange, backend, head);
  };
  ++backend.in_flight;
  forward.on_end = [exchange, &backend](const http::Outcome& outcome) {
    --backend.in_flight;
    exchange->backends->ended(backend, outcome);
    if (!outcome.head_sent) return;  // another attempt, or an answer of our own, follows and is counted
    exchange->metrics->count_request(exchange->backends->kind(), exchange->asked.cluster_id, outcome.status,
                                     std::chrono::steady_clock::now() - exchange->asked.since);
  };
}

}  // namespace

http::Answer dispatch(std::shared_ptr<Backends> backends, SelfMetrics& metrics, Asked asked,
                      Outgoing outgoing) {
  const auto exchange = std::make_shared<const Exchange>(Exchange{
      std::move(backends), &metrics, std::move(asked), outgoing.tames_errors, std::move(outgoing.edit)});
  Backend* const first = exchange->backends->pick(exchange->asked.cluster_id);
  if (first == nullptr) return count(*exchange, no_server());
  http::Forward forward;
  forward.method = std::move(outgoing.method);
  forward.target = std::move(outgoing.target);
  forward.fields = std::move(outgoing.fields);
  forward.body = std::move(outgoing.body);
  forward.idempotent = outgoing.idempotent;
  forward_to(*first, exchange, forward);
  forward.on_failure = [exchange, first](const http::Outcome& outcome,
                                         std::unique_ptr<http::Forward> failed) -> http::Answer {
    Backend* const second =
        outcome.can_retry ? exchange->backends->pick(exchange->asked.cluster_id, first) : nullptr;
    if (second == nullptr) return count(*exchange, no_server());
    exchange->metrics->count_retry(exchange->backends->kind(), exchange->asked.cluster_id);
    http::Forward again = std::move(*failed);
    forward_to(*second, exchange, again);
    again.on_failure = [exchange](const http::Outcome&, std::unique_ptr<http::Forward>) -> http::Answer {
      return count(*exchange, no_server());
    };
    return again;
  };
  return forward;
}

}  // namespace ceems::lb
