#include "http/upstream_pool.h"

#include <utility>

namespace ceems::http {

namespace {

constexpr std::chrono::seconds kFreshFor{5};
// An upstream that was not used for so long is forgotten: configurations are reloaded.
constexpr std::chrono::minutes kForgottenAfter{10};

void close(UpstreamConnection& connection) {
  connection.io.close_notify();
}

}  // namespace

const UpstreamPool::Entry* UpstreamPool::find(const UpstreamState& upstream) const {
  const auto found = entries_.find(upstream.id);
  return found == entries_.end() ? nullptr : &found->second;
}

std::unique_ptr<UpstreamConnection> UpstreamPool::take(const UpstreamState& upstream, Clock::time_point now) {
  Entry& entry = entries_[upstream.id];
  entry.used = now;
  while (!entry.waiting.empty()) {
    std::unique_ptr<UpstreamConnection> connection = std::move(entry.waiting.back());
    entry.waiting.pop_back();
    --kept_;
    if (connection->keep_until > now) return connection;
    close(*connection);
  }
  return nullptr;
}

void UpstreamPool::keep(const UpstreamState& upstream, std::unique_ptr<UpstreamConnection> connection,
                        Clock::time_point now) {
  Entry& entry = entries_[upstream.id];
  if (stopped_ || entry.waiting.size() >= upstream.options.max_kept) {
    close(*connection);
    return;
  }
  connection->kept = true;
  connection->keep_until = now + upstream.options.keep_time;
  entry.waiting.push_back(std::move(connection));
  ++kept_;
}

void UpstreamPool::sweep(Clock::time_point now) {
  for (auto& [id, entry] : entries_) {
    std::erase_if(entry.waiting, [this, now](std::unique_ptr<UpstreamConnection>& connection) {
      if (connection->keep_until > now && connection->io.quiet()) {
        connection->io.trim();
        return false;
      }
      close(*connection);
      --kept_;
      return true;
    });
  }
  std::erase_if(entries_, [now](const auto& item) {
    return item.second.waiting.empty() && item.second.used + kForgottenAfter < now;
  });
}

void UpstreamPool::stop() {
  stopped_ = true;
  for (auto& [id, entry] : entries_) {
    for (auto& connection : entry.waiting)
      close(*connection);
    entry.waiting.clear();
  }
  kept_ = 0;
}

Endpoints UpstreamPool::fresh_addresses(const UpstreamState& upstream, Clock::time_point now) const {
  const Entry* const entry = find(upstream);
  return entry != nullptr && entry->fresh_until > now ? entry->endpoints : Endpoints();
}

Endpoints UpstreamPool::known_addresses(const UpstreamState& upstream) const {
  const Entry* const entry = find(upstream);
  return entry != nullptr ? entry->endpoints : Endpoints();
}

base::Result<std::shared_ptr<Lookup>> UpstreamPool::lookup(const UpstreamState& upstream, const Url& peer) {
  Entry& entry = entries_[upstream.id];
  if (entry.lookup && !entry.lookup->result()) return entry.lookup;
  CEEMS_TRY(entry.lookup, Lookup::start(peer.host, peer.port));
  return entry.lookup;
}

void UpstreamPool::remember_addresses(const UpstreamState& upstream, const Endpoints& endpoints,
                                      Clock::time_point now) {
  Entry& entry = entries_[upstream.id];
  entry.endpoints = endpoints;
  entry.fresh_until = now + kFreshFor;
}

void UpstreamPool::distrust_addresses(const UpstreamState& upstream) {
  const auto found = entries_.find(upstream.id);
  if (found != entries_.end()) found->second.fresh_until = {};
}

}  // namespace ceems::http
