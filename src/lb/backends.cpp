#include "lb/backends.h"

#include "base/log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

constexpr int kToleratedFailures = 3;

base::Result<std::unique_ptr<Backend>> make_backend(const std::string& cluster_id,
                                                    const BackendSettings& settings) {
  auto backend = std::make_unique<Backend>();
  backend->cluster_id = cluster_id;
  backend->settings = settings;
  http::UpstreamOptions options;
  options.url = settings.web.url;
  options.config = settings.web;
  CEEMS_TRY(const http::Url url, http::parse_url(settings.web.url));
  options.user_agent = "ceems_lb/" + (url.scheme == "unix" ? url.host : url.authority());
  CEEMS_TRY(backend->upstream, http::Upstream::create(std::move(options)));
  return backend;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  return kind == Kind::kTsdb ? "tsdb" : "pyroscope";
}

base::Result<std::unique_ptr<Backends>> Backends::create(const Settings& settings, Kind kind) {
  std::unique_ptr<Backends> made(new Backends(kind, settings.strategy));
  for (const ClusterSettings& cluster : settings.clusters) {
    for (const BackendSettings& entry : kind == Kind::kTsdb ? cluster.tsdb : cluster.pyroscope) {
      CEEMS_TRY(auto backend, make_backend(cluster.id, entry));
      made->clusters_[cluster.id].backends.push_back(backend.get());
      made->all_.push_back(std::move(backend));
    }
  }
  made->find_neighbours();
  return made;
}

void Backends::find_neighbours() {
  for (auto& [id, cluster] : clusters_) {
    ids_.push_back(id);
    for (const auto& [other_id, other] : clusters_) {
      const bool shared = std::ranges::any_of(cluster.backends, [&](const Backend* mine) {
        return std::ranges::any_of(other.backends, [&](const Backend* theirs) {
          return mine->upstream->name() == theirs->upstream->name();
        });
      });
      if (shared || other_id == id) cluster.neighbours.push_back(other_id);
    }
  }
}

std::span<const std::string> Backends::neighbours(std::string_view cluster_id) const {
  const auto cluster = clusters_.find(cluster_id);
  if (cluster == clusters_.end()) return {};
  return cluster->second.neighbours;
}

Backend* Backends::pick(std::string_view cluster_id, const Backend* except) {
  const auto cluster = clusters_.find(cluster_id);
  if (cluster == clusters_.end()) return nullptr;
  const std::vector<Backend*>& backends = cluster->second.backends;
  Backend* best = nullptr;
  if (strategy_ == Strategy::kRoundRobin) {
    for (std::size_t tries = 0; tries < backends.size() && (best == nullptr || best == except); ++tries) {
      Backend* const next = backends[(turn_.fetch_add(1) + 1) % backends.size()];
      if (next->alive && (best == nullptr || next != except)) best = next;
    }
    return best;
  }
  for (Backend* const backend : backends) {
    if (!backend->alive) continue;
    if (best == nullptr || best == except ||
        (backend != except && backend->in_flight.load() < best->in_flight.load()))
      best = backend;
  }
  return best;
}

void Backends::ended(Backend& backend, const http::Outcome& outcome) {
  if (!http::blames_upstream(outcome.fault)) {
    if (outcome.status != 0) backend.failures_in_a_row = 0;
    return;
  }
  const int failures = ++backend.failures_in_a_row;
  if (outcome.fault == http::ForwardFault::kConnect || failures >= kToleratedFailures)
    is_alive(backend, false, outcome.error.text());
}

void Backends::is_alive(Backend& backend, bool alive, std::string_view why) {
  if (alive) backend.failures_in_a_row = 0;
  if (backend.alive.exchange(alive) == alive) return;
  const base::Logger log = base::Logger().with("kind", kind_name(kind_));
  if (alive) {
    log.info("a server is back", {{"cluster", backend.cluster_id}, {"url", backend.upstream->url()}});
  } else {
    log.warn("a server does not serve and gets no requests",
             {{"cluster", backend.cluster_id}, {"url", backend.upstream->url()}, {"err", why}});
  }
}

}  // namespace ceems::lb
