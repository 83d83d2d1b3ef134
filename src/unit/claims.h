// Decides for each cgroup of one hierarchy whose unit it is.
//
// A cgroup belongs to the first manager, in order, that claims it; what is below it is part of that unit. But
// a manager that stands earlier may claim deeper inside a later one's unit (a container inside a service):
// then the outer unit is set aside for as long as its directory lives, so that nothing counts twice, and what
// else is inside it is looked at anew. Not thread-safe.
#pragma once

#include "base/log.h"
#include "cgroup/tree.h"
#include "unit/generic_config.h"
#include "unit/unit_table.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ceems::unit {

class Claims final : public cgroup::TreeListener {
 public:
  // All three must outlive this. Ends its units' claims when it goes.
  Claims(const Managers& managers, UnitTable& table, cgroup::Tree& tree, base::Logger logger);
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;
  ~Claims();

  // Brings tree and units up to date; true if the whole tree was walked.
  bool sync();

  // A cgroup that was claimed without a uuid, as the table knows none.
  struct Nameless {
    cgroup::NodeId node = cgroup::kNoNode;
    std::size_t manager = 0;
    std::string path;
  };
  // Those to look at now: new ones a few times, all of them if `all`.
  std::vector<Nameless> nameless(bool all);
  std::size_t nameless_count() const { return nameless_.size(); }
  // Makes it a unit.
  void identify(const Nameless& nameless, std::string uuid);

  bool appeared(cgroup::NodeId node, std::string_view path) override;
  void vanished(cgroup::NodeId node) override;

  std::size_t set_aside() const { return set_aside_; }

 private:
  struct Place {
    UnitTable::Ticket ticket = UnitTable::kNone;
    std::size_t manager = 0;
    cgroup::NodeId enclosing = cgroup::kNoNode;  // nearest ancestor that was claimed when this appeared
    bool claimed = false;                        // with a ticket, or without as long as it is nameless
    bool set_aside = false;
  };
  struct Waiting {
    Claim claim;
    std::size_t manager = 0;
    std::string path;
    int looks = 0;
  };

  // The managers before this one may claim below `enclosing`.
  std::size_t managers_before(cgroup::NodeId enclosing) const;
  void put_aside(cgroup::NodeId node);

  const Managers& managers_;
  UnitTable& table_;
  cgroup::Tree& tree_;
  base::Logger logger_;
  std::vector<Place> places_;  // by node
  std::vector<cgroup::NodeId> look_again_;
  std::unordered_map<cgroup::NodeId, Waiting> nameless_;
  std::size_t set_aside_ = 0;
};

}  // namespace ceems::unit
