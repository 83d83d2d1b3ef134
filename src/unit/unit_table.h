// The units that live now, made from claims on cgroups. A unit is one cgroup: with the same path in two
// hierarchies (v1 controllers beside a unified tree) it is still one. Two cgroups of different paths with the
// same manager, virtual node and uuid would give the same series twice, and adding up their gauges or limits
// would be wrong: the first is the unit, the others wait in its shadow until it ends. Not thread-safe.
#pragma once

#include "base/log.h"
#include "unit/unit.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace ceems::unit {

class UnitTable {
 public:
  using Ticket = std::uint32_t;
  static constexpr Ticket kNone = ~Ticket{0};

  explicit UnitTable(base::Logger logger) : logger_(std::move(logger)) {}

  // A cgroup was claimed; end() takes the ticket back when the cgroup has gone or the claim is given up.
  Ticket start(std::size_t manager, Claim claim, std::string path, Belonging belonging);
  void end(Ticket ticket);

  // Another cgroup that is the same unit becomes the unit, the first one for whose path `fits` says yes. True
  // if there is one: then the unit has ended, and the other one has started.
  bool pass_on(const Unit& unit, const std::function<bool(const std::string& path)>& fits);

  // The unit is to be known by another uuid: it ends, and its cgroup, in every hierarchy that has it, is that
  // other unit, or in the shadow of one that is already there.
  void rename(const Unit& unit, const std::string& uuid);

  // In no order. Pointers are good for as long as the unit lives.
  const std::vector<std::unique_ptr<Unit>>& units() const { return units_; }
  // Grows with every unit that starts or ends.
  std::uint64_t generation() const { return generation_; }
  std::size_t in_shadow() const { return in_shadow_; }

 private:
  struct Holding {
    std::string key;
    Unit unit;  // as it would start
  };

  void enter(Ticket ticket);
  void leave(Ticket ticket, const Holding& holding);
  // Of these tickets, those whose path is not that of the first.
  std::size_t shadows(const std::vector<Ticket>& tickets) const;
  void start_unit(const Holding& holding);
  void end_unit(const Holding& holding);

  base::Logger logger_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::vector<Holding> holdings_;  // by ticket
  std::vector<Ticket> free_;
  // The tickets of one unit and of those in its shadow. The first one's cgroup is the unit.
  std::unordered_map<std::string, std::vector<Ticket>> by_key_;
  std::uint64_t generation_ = 0;
  std::uint64_t last_serial_ = 0;
  std::size_t in_shadow_ = 0;
};

}  // namespace ceems::unit
