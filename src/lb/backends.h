// The servers behind one kind of front (TSDB or Pyroscope), who of them is alive, and whose turn it is.
#pragma once

#include "base/result.h"
#include "http/forward.h"
#include "lb/settings.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::lb {

enum class Kind : std::uint8_t { kTsdb, kPyroscope };
std::string_view kind_name(Kind kind);  // "tsdb", "pyroscope"

// Thread-safe.
struct Backend {
  std::string cluster_id;
  std::shared_ptr<const http::Upstream> upstream;
  BackendSettings settings;
  std::atomic<bool> alive{true};
  std::atomic<std::int64_t> in_flight{0};
  std::atomic<int> failures_in_a_row{0};  // as requests found it
};

// Thread-safe; the set of servers never changes.
class Backends {
 public:
  // Errors name the URL or the file that is wrong.
  static base::Result<std::unique_ptr<Backends>> create(const Settings& settings, Kind kind);

  bool has_cluster(std::string_view cluster_id) const { return clusters_.contains(cluster_id); }
  // Ids of all clusters that have a server of this kind, sorted.
  std::span<const std::string> cluster_ids() const { return ids_; }
  // Those whose data lies with that of `cluster_id`: a server of theirs has the same host and port. Itself
  // among them.
  std::span<const std::string> neighbours(std::string_view cluster_id) const;

  // The next living server of that cluster, other than `except` as long as there is one; nullptr without.
  Backend* pick(std::string_view cluster_id, const Backend* except = nullptr);

  // How a request to it ended: a server that cannot be reached, or breaks three times in a row, counts as
  // dead until the next check of its health.
  void ended(Backend& backend, const http::Outcome& outcome);
  // What a check of its health found; logs changes.
  void is_alive(Backend& backend, bool alive, std::string_view why);

  Kind kind() const { return kind_; }
  const std::vector<std::unique_ptr<Backend>>& all() const { return all_; }

 private:
  struct Cluster {
    std::vector<Backend*> backends;
    std::vector<std::string> neighbours;
  };

  Backends(Kind kind, Strategy strategy) : kind_(kind), strategy_(strategy) {}
  void find_neighbours();

  const Kind kind_;
  const Strategy strategy_;
  std::vector<std::unique_ptr<Backend>> all_;
  std::map<std::string, Cluster, std::less<>> clusters_;
  std::vector<std::string> ids_;
  std::atomic<std::uint64_t> turn_{0};  // of all clusters
};

}  // namespace ceems::lb
