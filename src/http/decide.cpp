// The part of Connection for routes that decide for each request.
#include "base/check.h"
#include "http/admission.h"
#include "http/connection.h"
#include "http/forward_head.h"
#include "http/forwarding.h"
#include "http/run_on.h"

#include <utility>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ceems::http {

namespace asio = boost::asio;

asio::awaitable<bool> Connection::serve_decided(Exchange& exchange) {
  // TRACE would show the client what was added to its request.
  if (exchange.request.method == "TRACE" || exchange.request.method == "CONNECT") {
    Response refusal = method_not_allowed("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    co_return co_await conclude(exchange, refusal);
  }
  // First of all, so that Connection cannot name a field that a handler adds.
  remove_hop_by_hop(exchange.request.fields);
  io_.set_deadline(Clock::time_point::max());
  Answer answer = guarded_decide(core_, exchange.route->decide, exchange.request);
  while (true) {
    if (auto* const read = std::get_if<ReadBody>(&answer.step)) {
      Step then = std::move(read->then);
      const std::size_t limit = read->limit;
      if (exchange.body_unread) {
        io_.set_deadline(coarse_now() + core_.options.read_timeout);
        const auto fault = co_await read_body(exchange, limit);
        if (fault && fault->status == 0) co_return false;
        if (fault) {
          Response refusal = fault_response(*fault);
          co_return co_await conclude(exchange, refusal);
        }
        io_.set_deadline(Clock::time_point::max());
      }
      answer = guarded_step(core_, then, exchange.request);
    } else if (auto* const later = std::get_if<Later>(&answer.step)) {
      co_await go_on_later(exchange, *later, answer);
    } else if (auto* const wait = std::get_if<Wait>(&answer.step)) {
      co_await go_on_when_rung(exchange, *wait, answer);
      // It might want to wait again.
      if (cut_) co_return false;
    } else if (auto* const forwarded = std::get_if<Forward>(&answer.step)) {
      std::optional<Answer> next;
      const bool goes_on = co_await forward(exchange, *forwarded, next);
      if (!next) co_return goes_on;
      answer = *std::move(next);
    } else {
      co_return co_await conclude(exchange, std::get<Response>(answer.step));
    }
  }
}

// Apart, so that the frame of what serves each request stays below the 1 KiB up to which malloc() is fast.
asio::awaitable<void> Connection::go_on_later(Exchange& exchange, Later& later, Answer& answer) {
  Step then = std::move(later.then);
  auto call = [&] { return guarded_step(core_, then, exchange.request); };
  Answer next = co_await run_on(core_.workers, call);
  answer = std::move(next);
}

asio::awaitable<void> Connection::go_on_when_rung(Exchange& exchange, Wait& wait, Answer& answer) {
  Step then = std::move(wait.then);
  const std::shared_ptr<Bell> bell = std::move(wait.bell);
  co_await wait_for(*bell, wait.until);
  if (!cut_) answer = guarded_step(core_, then, exchange.request);
}

void Bell::ring() {
  rung_ = true;
  for (Waiter* const waiter : std::exchange(waiters_, {}))
    waiter->wake();
}

asio::awaitable<void> Connection::wait_for(Bell& bell, Clock::time_point until) {
  if (bell.rung() || cut_) co_return;
  asio::steady_timer timer(core_.io, until);
  Bell::Waiter waiter{[&timer] { timer.cancel(); }};
  // Also when this coroutine is thrown away.
  struct Leave {
    Bell& bell;
    Bell::Waiter& waiter;
    asio::steady_timer*& timer;
    ~Leave() {
      std::erase(bell.waiters_, &waiter);
      timer = nullptr;
    }
  };
  bell.waiters_.push_back(&waiter);
  waiting_ = &timer;
  const Leave leave{bell, waiter, waiting_};
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

asio::awaitable<bool> Connection::forward(Exchange& exchange, Forward& forward, std::optional<Answer>& next) {
  CEEMS_CHECK(forward.upstream);
  Forwarding forwarding(core_, io_, exchange, forward, out_);
  forwarding_ = &forwarding;
  const Forwarding::End end = co_await forwarding.run();
  forwarding_ = nullptr;
  switch (end) {
    case Forwarding::End::kDelivered:
      if (exchange.body_unread) co_await linger();
      break;
    case Forwarding::End::kCut:
      co_return false;
    case Forwarding::End::kRefused:
      next = fault_response(forwarding.refusal());
      break;
    case Forwarding::End::kFailed:
      core_.log.debug("a request could not be forwarded",
                      {{"path", exchange.request.path()}, {"error", forwarding.outcome().error}});
      next = guarded_failure(core_, forward, forwarding.outcome(), exchange.request);
      break;
  }
  co_return exchange.keep_alive;
}

}  // namespace ceems::http
