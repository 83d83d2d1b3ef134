#include "http/connector.h"

#include "base/check.h"
#include "http/endpoint.h"
#include "http/lookup.h"

#include <poll.h>

#include <algorithm>
#include <utility>

namespace ceems::http {

namespace {

using base::ErrorCode;

base::Result<Endpoints> resolve(const std::string& host, std::uint16_t port, const Patience& patience) {
  if (auto numeric = resolve_now(host, port, true)) return numeric;
  CEEMS_TRY(const auto lookup, Lookup::start(host, port));
  if (auto waited = wait_for(lookup->fd(), POLLIN, patience); !waited)
    return base::wrap(std::move(waited).error(), fmt::format("resolving {}", host));
  auto result = lookup->result();
  CEEMS_CHECK(result);
  return *std::move(result);
}

base::Result<base::Fd> connect_one(const Endpoint& endpoint, const Patience& patience) {
  CEEMS_TRY(base::Fd fd, begin_connect(endpoint));
  if (auto waited = wait_for(fd.get(), POLLOUT, patience); !waited)
    return base::wrap(std::move(waited).error(), "connecting");
  CEEMS_TRY_VOID(connect_result(fd.get()));
  return fd;
}

}  // namespace

base::Result<base::Fd> connect_to_host(const std::string& host, std::uint16_t port,
                                       const Patience& patience) {
  CEEMS_TRY(const Endpoints endpoints, resolve(host, port, patience));
  base::Error last{ErrorCode::kUnavailable, "no address", ""};
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    // An address that does not answer must leave time for those after it.
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(patience.deadline -
                                                                            std::chrono::steady_clock::now());
    const auto share = left / static_cast<int>(endpoints.size() - i);
    auto fd = connect_one(endpoints[i], patience.at_most(share));
    if (fd || fd.error().code == ErrorCode::kCancelled) return fd;
    last = std::move(fd).error();
  }
  return std::unexpected(std::move(last));
}

base::Result<base::Fd> connect_to_unix(const std::string& path, const Patience& patience) {
  CEEMS_TRY(const Endpoint endpoint, unix_endpoint(path));
  return connect_one(endpoint, patience);
}

}  // namespace ceems::http
