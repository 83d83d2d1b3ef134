#include "bmcproxy/turnstile.h"

#include <algorithm>

namespace ceems::bmcproxy {

Turnstile::Place Turnstile::queue(Clock::time_point now) {
  if (queue_.size() >= limits_.waiting) return nullptr;
  auto place = std::make_shared<Ticket>(Ticket{std::make_shared<http::Bell>(), now + limits_.patience});
  queue_.push_back(place);
  return place;
}

Turnstile::Next Turnstile::next(const Place& place, Clock::time_point now) {
  const bool first = queue_.front() == place;
  const bool free = in_flight_ < limits_.concurrent;
  if (first && free && now >= not_before_) {
    ++in_flight_;
    not_before_ = now + limits_.spacing;
    remove(place);
    return {Step::kGo, now};
  }
  if (now >= place->give_up) {
    remove(place);
    return {Step::kGiveUp, now};
  }
  if (place->bell->rung()) place->bell = std::make_shared<http::Bell>();
  return {Step::kWait, first && free ? std::min(not_before_, place->give_up) : place->give_up};
}

void Turnstile::leave() {
  --in_flight_;
  wake_first();
}

void Turnstile::remove(const Place& place) {
  const bool first = queue_.front() == place;
  std::erase(queue_, place);
  if (first) wake_first();
}

void Turnstile::wake_first() {
  if (!queue_.empty()) queue_.front()->bell->ring();
}

}  // namespace ceems::bmcproxy
