#include "bmcproxy/shared_answers.h"

namespace ceems::bmcproxy {

SharedAnswers::Found SharedAnswers::find(const std::string& key, Clock::time_point now) {
  forget_old(now);
  if (const auto known = by_key_.find(key); known != by_key_.end()) return {known->second.answer, false};
  auto answer = std::make_shared<SharedAnswer>();
  by_key_.emplace(key, Kept{.answer = answer});
  return {std::move(answer), true};
}

void SharedAnswers::arrived(const std::string& key, SharedAnswer& answer, http::Response response, bool keep,
                            Clock::time_point now) {
  const std::size_t bytes = response.text().size();
  answer.response = std::move(response);
  answer.state = SharedAnswer::State::kThere;
  const auto known = by_key_.find(key);
  if (known != by_key_.end() && known->second.answer.get() == &answer) {
    keep = keep && remember_.count() > 0 && old_.size() < kMostKept && bytes_ + bytes <= kMostBytes;
    if (keep) {
      known->second.bytes = bytes;
      known->second.until = now + remember_;
      bytes_ += bytes;
      old_.emplace_back(now + remember_, key);
    } else {
      by_key_.erase(known);
    }
  }
  answer.done->ring();
}

void SharedAnswers::abandon(const std::string& key, SharedAnswer& answer) {
  answer.state = SharedAnswer::State::kAbandoned;
  forget(key, answer);
  answer.done->ring();
}

void SharedAnswers::forget(const std::string& key, const SharedAnswer& answer) {
  const auto known = by_key_.find(key);
  if (known != by_key_.end() && known->second.answer.get() == &answer) by_key_.erase(known);
}

void SharedAnswers::forget_old(Clock::time_point now) {
  for (; !old_.empty() && old_.front().first <= now; old_.pop_front()) {
    const auto known = by_key_.find(old_.front().second);
    if (known == by_key_.end() || known->second.until != old_.front().first) continue;
    bytes_ -= known->second.bytes;
    by_key_.erase(known);
  }
}

}  // namespace ceems::bmcproxy
