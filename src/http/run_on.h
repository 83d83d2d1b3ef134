// co_await run_on(pool, f): runs f() on a worker thread and resumes this coroutine, on its own thread, with
// the result.
#pragma once

#include "http/worker_pool.h"

#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ceems::http {

// `function` must not throw and must stay valid until the coroutine goes on.
template <class Function>
boost::asio::awaitable<std::invoke_result_t<Function&>> run_on(WorkerPool& pool, Function& function) {
  namespace asio = boost::asio;
  const auto executor = co_await asio::this_coro::executor;
  std::optional<std::invoke_result_t<Function&>> result;
  auto initiate = [&pool, &function, &result, executor](auto handler) {
    pool.submit([&function, &result, executor, work = asio::make_work_guard(executor),
                 resume = std::move(handler)]() mutable {
      result.emplace(function());
      asio::post(executor, std::move(resume));
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                       asio::use_awaitable);
  co_return *std::move(result);
}

}  // namespace ceems::http
