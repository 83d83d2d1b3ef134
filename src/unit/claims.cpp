#include "unit/claims.h"

#include "base/check.h"
#include "unit/systemd_escape.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace ceems::unit {

Claims::Claims(const Managers& managers, UnitTable& table, cgroup::Tree& tree, base::Logger logger)
    : managers_(managers), table_(table), tree_(tree), logger_(std::move(logger)), places_(1) {}

Claims::~Claims() {
  for (const Place& place : places_) {
    if (place.ticket != UnitTable::kNone) table_.end(place.ticket);
  }
}

bool Claims::sync() {
  const bool walked = tree_.sync(*this);
  while (!look_again_.empty()) {
    const cgroup::NodeId node = look_again_.back();
    look_again_.pop_back();
    // It may have gone in the meantime.
    if (places_[node].set_aside) tree_.look_below(node, *this);
  }
  return walked;
}

std::size_t Claims::managers_before(cgroup::NodeId enclosing) const {
  if (enclosing == cgroup::kNoNode || !places_[enclosing].claimed) return managers_.size();
  return places_[enclosing].manager;
}

bool Claims::appeared(cgroup::NodeId node, std::string_view path) {
  if (node >= places_.size()) places_.resize(std::max<std::size_t>(node + 1, places_.size() * 2));
  const cgroup::NodeId parent = tree_.parent(node);
  Place& place = places_[node];
  place.enclosing = places_[parent].claimed ? parent : places_[parent].enclosing;
  std::size_t candidates = managers_before(place.enclosing);

  const std::optional<std::string> plain = systemd_unescape(path);
  if (!plain) {
    logger_.debug("A cgroup's name has an escape that is not systemd's", {{"path", path}});
    return true;
  }
  for (std::size_t i = 0; i < candidates; ++i) {
    std::optional<Claim> claim = managers_[i]->claim(*plain);
    if (!claim) continue;
    if (candidates != managers_.size()) put_aside(place.enclosing);
    place.claimed = true;
    place.manager = i;
    if (claim->uuid.empty()) {
      nameless_[node] = Waiting{.claim = *std::move(claim), .manager = i, .path = std::string(path)};
    } else {
      Belonging belonging = managers_[i]->belonging(*claim, "");
      place.ticket = table_.start(i, *std::move(claim), std::string(path), std::move(belonging));
    }
    candidates = i;
    break;
  }
  return std::any_of(
      managers_.begin(), managers_.begin() + static_cast<std::ptrdiff_t>(candidates),
      [&](const std::unique_ptr<Manager>& manager) { return manager->may_claim_below(*plain); });
}

void Claims::put_aside(cgroup::NodeId node) {
  Place& place = places_[node];
  logger_.info("A cgroup is no unit of its own any more: a manager that comes first has one inside it",
               {{"path", tree_.path(node)}, {"manager", managers_[place.manager]->name()}});
  nameless_.erase(node);
  if (place.ticket != UnitTable::kNone) table_.end(std::exchange(place.ticket, UnitTable::kNone));
  place.claimed = false;
  place.set_aside = true;
  ++set_aside_;
  look_again_.push_back(node);
}

std::vector<Claims::Nameless> Claims::nameless(bool all) {
  // Its first process comes a moment after the cgroup.
  constexpr int kEagerLooks = 5;
  std::vector<Nameless> due;
  for (auto& [node, waiting] : nameless_) {
    if (waiting.looks >= kEagerLooks && !all) continue;
    if (++waiting.looks == kEagerLooks) {
      logger_.warn("Nothing that can be believed says which unit a cgroup is: it is left out",
                   {{"path", waiting.path}});
    }
    due.push_back(Nameless{.node = node, .manager = waiting.manager, .path = waiting.path});
  }
  return due;
}

void Claims::identify(const Nameless& nameless, std::string uuid) {
  const auto waiting = nameless_.extract(nameless.node);
  CEEMS_CHECK(!waiting.empty());
  Claim& claim = waiting.mapped().claim;
  claim.uuid = std::move(uuid);
  Belonging belonging = managers_[nameless.manager]->belonging(claim, "");
  places_[nameless.node].ticket = table_.start(nameless.manager, std::move(claim),
                                               std::move(waiting.mapped().path), std::move(belonging));
}

void Claims::vanished(cgroup::NodeId node) {
  const Place place = std::exchange(places_[node], Place{});
  nameless_.erase(node);
  if (place.ticket != UnitTable::kNone) table_.end(place.ticket);
  if (place.set_aside) --set_aside_;
}

}  // namespace ceems::unit
