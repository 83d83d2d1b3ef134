// What one server keeps for the upstreams that it forwards to: connections that wait for another request, and
// the addresses of their names. Used on the network thread only.
#pragma once

#include "base/fd.h"
#include "http/connection_io.h"
#include "http/endpoint.h"
#include "http/lookup.h"
#include "http/upstream_state.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <boost/asio/io_context.hpp>

namespace ceems::http {

struct UpstreamConnection {
  UpstreamConnection(boost::asio::io_context& context, base::Fd fd) : io(context, std::move(fd)) {}

  ConnectionIo io;
  bool kept = false;  // has carried a request before
  Clock::time_point keep_until{};
};

class UpstreamPool {
 public:
  // The one that was used last, or nullptr. The other end may have closed it meanwhile.
  std::unique_ptr<UpstreamConnection> take(const UpstreamState& upstream, Clock::time_point now);
  // Closes it if there are enough, or after stop().
  void keep(const UpstreamState& upstream, std::unique_ptr<UpstreamConnection> connection,
            Clock::time_point now);

  // Closes what has waited long enough or was closed by the other end, once a second.
  void sweep(Clock::time_point now);
  // Closes all that wait, and keeps nothing from now on.
  void stop();
  bool empty() const { return kept_ == 0; }

  // Addresses found less than five seconds ago. Empty: look the name up.
  Endpoints fresh_addresses(const UpstreamState& upstream, Clock::time_point now) const;
  // The last ones found, for when the name cannot be looked up at the moment.
  Endpoints known_addresses(const UpstreamState& upstream) const;
  // One lookup serves all who wait for it.
  base::Result<std::shared_ptr<Lookup>> lookup(const UpstreamState& upstream, const Url& peer);
  void remember_addresses(const UpstreamState& upstream, const Endpoints& endpoints, Clock::time_point now);
  // None of them could be connected to: look again.
  void distrust_addresses(const UpstreamState& upstream);

 private:
  struct Entry {
    std::vector<std::unique_ptr<UpstreamConnection>> waiting;
    Endpoints endpoints;
    Clock::time_point fresh_until{};
    std::shared_ptr<Lookup> lookup;  // the last one
    Clock::time_point used{};
  };

  const Entry* find(const UpstreamState& upstream) const;

  std::unordered_map<std::uint64_t, Entry> entries_;  // by UpstreamState::id
  std::size_t kept_ = 0;
  bool stopped_ = false;
};

}  // namespace ceems::http
