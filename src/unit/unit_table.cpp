#include "unit/unit_table.h"

#include "base/check.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ceems::unit {

namespace {

std::string key_of(std::size_t manager, const Claim& claim) {
  std::string key = fmt::format("{}", manager);
  key += '\0';
  key += claim.cgrouphostname;
  key += '\0';
  key += claim.uuid;
  return key;
}

}  // namespace

UnitTable::Ticket UnitTable::start(std::size_t manager, Claim claim, std::string path, Belonging belonging) {
  Ticket ticket = static_cast<Ticket>(holdings_.size());
  if (free_.empty()) {
    holdings_.emplace_back();
  } else {
    ticket = free_.back();
    free_.pop_back();
  }
  Holding& holding = holdings_[ticket];
  holding.key = key_of(manager, claim);
  holding.unit = Unit{.serial = 0,
                      .manager = manager,
                      .claim = std::move(claim),
                      .belonging = std::move(belonging),
                      .owner_known = false,
                      .owner_attempts = 0,
                      .occupancy = {},
                      .left_over = false,
                      .path = std::move(path)};
  enter(ticket);
  return ticket;
}

void UnitTable::enter(Ticket ticket) {
  const Holding& holding = holdings_[ticket];
  std::vector<Ticket>& tickets = by_key_[holding.key];
  tickets.push_back(ticket);
  if (tickets.size() == 1) {
    start_unit(holding);
    return;
  }
  const Unit& holder = holdings_[tickets.front()].unit;
  if (holder.path != holding.unit.path) {
    const base::LogFields fields = {
        {"uuid", holder.claim.uuid}, {"first", holder.path}, {"other", holding.unit.path}};
    // Once: how many there are is a metric.
    if (++in_shadow_ == 1) logger_.warn("Two cgroups are the same unit: only the first counts", fields);
  }
}

void UnitTable::end(Ticket ticket) {
  CEEMS_CHECK(ticket < holdings_.size());
  const Holding ended = std::exchange(holdings_[ticket], Holding{});
  free_.push_back(ticket);
  leave(ticket, ended);
}

void UnitTable::rename(const Unit& unit, const std::string& uuid) {
  if (unit.claim.uuid == uuid) return;
  const std::string path = unit.path;
  const auto entry = by_key_.find(key_of(unit.manager, unit.claim));
  CEEMS_CHECK(entry != by_key_.end());
  std::vector<Ticket> renamed;
  std::ranges::copy_if(entry->second, std::back_inserter(renamed),
                       [&](Ticket ticket) { return holdings_[ticket].unit.path == path; });
  for (const Ticket ticket : renamed)
    leave(ticket, holdings_[ticket]);
  for (const Ticket ticket : renamed) {
    Holding& holding = holdings_[ticket];
    holding.unit.claim.uuid = uuid;
    holding.key = key_of(holding.unit.manager, holding.unit.claim);
    enter(ticket);
  }
}

void UnitTable::leave(Ticket ticket, const Holding& ended) {
  const auto entry = by_key_.find(ended.key);
  CEEMS_CHECK(entry != by_key_.end());
  std::vector<Ticket>& tickets = entry->second;
  const bool was_first = tickets.front() == ticket;
  tickets.erase(std::ranges::find(tickets, ticket));
  const auto same_path = std::ranges::find_if(
      tickets, [&](Ticket other) { return holdings_[other].unit.path == ended.unit.path; });
  if (!was_first) {
    if (holdings_[tickets.front()].unit.path != ended.unit.path) --in_shadow_;
    return;
  }
  if (same_path != tickets.end()) {
    std::iter_swap(tickets.begin(), same_path);
    return;
  }
  end_unit(ended);
  if (tickets.empty()) {
    by_key_.erase(entry);
    return;
  }
  const Holding& next = holdings_[tickets.front()];
  for (const Ticket other : tickets)
    in_shadow_ -= holdings_[other].unit.path == next.unit.path ? 1 : 0;
  start_unit(next);
}

std::size_t UnitTable::shadows(const std::vector<Ticket>& tickets) const {
  const std::string& first = holdings_[tickets.front()].unit.path;
  return static_cast<std::size_t>(
      std::ranges::count_if(tickets, [&](Ticket other) { return holdings_[other].unit.path != first; }));
}

bool UnitTable::pass_on(const Unit& unit, const std::function<bool(const std::string& path)>& fits) {
  const auto entry = by_key_.find(key_of(unit.manager, unit.claim));
  CEEMS_CHECK(entry != by_key_.end());
  std::vector<Ticket>& tickets = entry->second;
  const auto next = std::ranges::find_if(tickets, [&](Ticket other) {
    const std::string& path = holdings_[other].unit.path;
    return path != unit.path && fits(path);
  });
  if (next == tickets.end()) return false;
  in_shadow_ -= shadows(tickets);
  end_unit(holdings_[tickets.front()]);
  std::iter_swap(tickets.begin(), next);
  start_unit(holdings_[tickets.front()]);
  in_shadow_ += shadows(tickets);
  return true;
}

void UnitTable::start_unit(const Holding& holding) {
  units_.push_back(std::make_unique<Unit>(holding.unit));
  units_.back()->serial = ++last_serial_;
  ++generation_;
}

void UnitTable::end_unit(const Holding& holding) {
  const auto unit = std::ranges::find_if(units_, [&](const std::unique_ptr<Unit>& candidate) {
    return candidate->path == holding.unit.path && candidate->manager == holding.unit.manager &&
           candidate->claim.uuid == holding.unit.claim.uuid;
  });
  CEEMS_CHECK(unit != units_.end());
  std::swap(*unit, units_.back());
  units_.pop_back();
  ++generation_;
}

}  // namespace ceems::unit
