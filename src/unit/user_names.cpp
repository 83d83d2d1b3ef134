#include "unit/user_names.h"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace ceems::unit {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kKeep = std::chrono::minutes(10);
constexpr std::size_t kMostKept = 100'000;

std::optional<std::string> look_up(uid_t uid) {
  constexpr std::size_t kLargestEntry = std::size_t{1} << 20;
  std::vector<char> buffer(4096);
  while (true) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    if (error == ERANGE && buffer.size() < kLargestEntry) {
      buffer.resize(buffer.size() * 2);
      continue;
    }
    if (error == EINTR) continue;
    if (found == nullptr) return std::nullopt;
    return std::string(entry.pw_name);
  }
}

}  // namespace

struct UserNames::State {
  struct Name {
    std::optional<std::string> text;  // nullopt: being looked up
    Clock::time_point until;
  };
  std::mutex mutex;  // guards what follows
  std::condition_variable asked;
  std::condition_variable answered;
  std::unordered_map<uid_t, Name> names;
  std::deque<uid_t> queue;
  bool running = false;
  bool stop = false;
  Lookup lookup;

  static void work(const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    while (true) {
      state->asked.wait(lock, [&] { return state->stop || !state->queue.empty(); });
      if (state->stop) return;
      const uid_t uid = state->queue.front();
      state->queue.pop_front();
      lock.unlock();
      std::string name = state->lookup(uid).value_or(fmt::format("{}", uid));
      lock.lock();
      state->names[uid] = Name{std::move(name), Clock::now() + kKeep};
      state->answered.notify_all();
    }
  }
};

UserNames::UserNames() : UserNames(&look_up) {}

UserNames::UserNames(Lookup lookup) : state_(std::make_shared<State>()) {
  state_->lookup = std::move(lookup);
}

UserNames::~UserNames() {
  const std::lock_guard lock(state_->mutex);
  state_->stop = true;
  state_->asked.notify_all();
}

std::optional<std::string> UserNames::name(uid_t uid, std::chrono::milliseconds patience) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  if (state.names.size() > kMostKept) {
    std::erase_if(state.names, [](const auto& entry) { return entry.second.text.has_value(); });
  }
  const auto [place, is_new] = state.names.try_emplace(uid);
  const bool stale = place->second.text && place->second.until < Clock::now();
  if (stale) place->second.text.reset();
  if (is_new || stale) {
    state.queue.push_back(uid);
    state.asked.notify_one();
    if (!std::exchange(state.running, true)) std::thread(&State::work, state_).detach();
  }
  state.answered.wait_for(lock, patience, [&] { return state.names[uid].text.has_value(); });
  return state.names[uid].text;
}

}  // namespace ceems::unit
