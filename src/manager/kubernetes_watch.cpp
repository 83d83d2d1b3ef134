#include "manager/kubernetes_watch.h"

#include "base/log.h"
#include "http/message.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr int kFailuresBeforeList = 30;
constexpr std::size_t kMaxPages = 100'000;
constexpr std::string_view kPods = "/api/v1/pods";
constexpr std::string_view kRoleBindings = "/apis/rbac.authorization.k8s.io/v1/rolebindings";

std::int64_t now_ms() {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string page_path(std::string_view path, const std::string& next) {
  return fmt::format("{}?limit=500{}{}", path, next.empty() ? "" : "&continue=", http::percent_encode(next));
}

}  // namespace

PodWatch::PodWatch(Rest rest, WatchOptions options)
    : rest_(std::move(rest)),
      options_(options),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

PodWatch::~PodWatch() {
  cancel();
}

void PodWatch::cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  thread_.request_stop();
  rest_.cancel();
  changed_.notify_all();
}

void PodWatch::run(const std::stop_token& stop) {
  bool failing = false;
  int failures = 0;
  while (!stop.stop_requested()) {
    const auto begin = std::chrono::steady_clock::now();
    const base::Status status = version_.empty() ? list() : watch();
    if (status) {
      failures = 0;
      if (std::exchange(failing, false)) base::Logger().info("pods are watched again");
      // A server that ends its watches at once is not asked all the time.
      if (std::chrono::steady_clock::now() - begin < options_.pace) wait(stop, options_.pace);
      continue;
    }
    // What a wrong answer held is asked for again: a list does not tell what came and went.
    if (status.error().code == base::ErrorCode::kGone || ++failures >= kFailuresBeforeList) version_.clear();
    if (status.error().code == base::ErrorCode::kGone) continue;
    if (stop.stop_requested()) return;
    if (!std::exchange(failing, true))
      base::Logger().warn("pods cannot be watched", {{"error", status.error()}});
    {
      const std::lock_guard lock(mutex_);
      failure_ = status.error();
    }
    wait(stop, options_.retry);
  }
}

void PodWatch::wait(const std::stop_token& stop, Milliseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, time, [] { return false; });
}

base::Result<std::string> PodWatch::get(const std::string& path) const {
  http::Request request;
  request.fields.set("Accept", "application/json");
  CEEMS_TRY(const http::Response response, rest_.send(path, std::move(request)));
  if (response.status != 200) return rest_.refused(path, response);
  return std::string(response.text());
}

base::Status PodWatch::list() {
  // What the list tells was so when the first page was asked for, or later.
  const std::int64_t begin_ms = now_ms();
  std::vector<KubePod> all;
  std::set<std::string> places;
  std::string version;
  std::string next;
  for (std::size_t pages = 0; pages == 0 || !next.empty(); ++pages) {
    CEEMS_TRY(const std::string body, get(page_path(kPods, next)));
    auto page = parse_pods(body);
    if (!page) return base::fail(page.error().code, rest_.shown(kPods), "{}", page.error().text());
    std::ranges::move(page->items, std::back_inserter(all));
    version = page->resource_version;
    next = page->next;
    if (pages >= kMaxPages || !places.insert(next).second)
      return base::fail(base::ErrorCode::kInvalid, rest_.shown(kPods), "the pages of the answer repeat");
  }
  const std::lock_guard lock(mutex_);
  const bool had_some =
      std::ranges::any_of(pods_, [](const auto& pair) { return pair.second.ended_ms == 0; });
  // All gone at once is believed when it is told twice.
  if (all.empty() && had_some && !std::exchange(was_empty_, true))
    return base::fail(base::ErrorCode::kUnavailable, rest_.shown(kPods), "all pods are gone; asking again");
  was_empty_ = false;
  std::set<std::string> here;
  for (KubePod& pod : all) {
    here.insert(pod.uid);
    take(std::move(pod), true, begin_ms);
  }
  // Those that are gone were last seen when everything was known.
  const std::int64_t last_known_ms = complete_ms_ > 0 ? complete_ms_ : begin_ms;
  std::vector<KubePod> gone;
  for (const auto& [uid, watched] : pods_)
    if (watched.ended_ms == 0 && !here.contains(uid)) gone.push_back(watched.pod);
  for (KubePod& pod : gone)
    take(std::move(pod), false, last_known_ms);
  version_ = std::move(version);
  complete_ms_ = begin_ms;
  failure_.reset();
  changed_.notify_all();
  return {};
}

base::Status PodWatch::watch() {
  const auto seconds = std::max<std::int64_t>(options_.watch.count() / 1000, 1);
  CEEMS_TRY(const std::string body,
            get(fmt::format("{}?watch=1&allowWatchBookmarks=true&timeoutSeconds={}&resourceVersion={}", kPods,
                            seconds, http::percent_encode(version_))));
  auto events = parse_pod_events(body);
  if (!events) return base::fail(events.error().code, rest_.shown(kPods), "{}", events.error().text());
  // An event on its way while the watch ended is the next one's: a second is left for it.
  constexpr std::int64_t kOnTheWayMs = 1'000;
  const std::int64_t end_ms = now_ms() - kOnTheWayMs;
  const std::lock_guard lock(mutex_);
  for (PodEvent& event : *events) {
    version_ = std::move(event.resource_version);
    if (event.kind == PodEvent::Kind::kBookmark) continue;
    take(std::move(event.pod), event.kind == PodEvent::Kind::kThere, end_ms);
  }
  complete_ms_ = std::max(complete_ms_, end_ms);
  failure_.reset();
  changed_.notify_all();
  return {};
}

void PodWatch::take(KubePod pod, bool there, std::int64_t now_ms) {
  WatchedPod& watched = pods_[pod.uid];
  const bool had_ended = watched.ended_ms > 0;
  // One that waited for its turn and never started has nothing that could end.
  if (!there && pod.started_ms == 0) {
    pods_.erase(pod.uid);
    return;
  }
  if ((pod.is_over() || !there) && !had_ended) {
    watched.noticed_ms = now_ms;
    watched.ended_ms = pod.finished_ms > 0  ? pod.finished_ms
                       : pod.deleted_ms > 0 ? pod.deleted_ms
                                            : now_ms / 1000 * 1000;
  }
  // Once told, an end stays what it was.
  if (!had_ended) watched.pod = std::move(pod);
}

base::Result<std::vector<WatchedPod>> PodWatch::pods(TimePoint as_of, TimePoint keep_since) {
  const std::int64_t as_of_ms = as_of.time_since_epoch().count();
  const std::int64_t keep_ms = keep_since.time_since_epoch().count();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, options_.patience, [&] { return cancelled_ || complete_ms_ >= as_of_ms; });
  if (cancelled_) return base::fail(base::ErrorCode::kCancelled, rest_.shown(kPods), "stopping");
  if (complete_ms_ < as_of_ms) {
    if (failure_) return std::unexpected(*failure_);
    return base::fail(base::ErrorCode::kUnavailable, rest_.shown(kPods), "pods are not known that far yet");
  }
  std::erase_if(pods_, [&](const auto& pair) {
    const WatchedPod& watched = pair.second;
    return watched.ended_ms > 0 && watched.ended_ms < keep_ms && watched.noticed_ms < keep_ms;
  });
  std::vector<WatchedPod> all;
  all.reserve(pods_.size());
  for (const auto& [uid, watched] : pods_)
    all.push_back(watched);
  return all;
}

base::Result<std::set<NamespaceUser>> PodWatch::role_bindings() const {
  std::set<NamespaceUser> all;
  std::set<std::string> places;
  std::string next;
  for (std::size_t pages = 0; pages == 0 || !next.empty(); ++pages) {
    CEEMS_TRY(const std::string body, get(page_path(kRoleBindings, next)));
    auto page = parse_role_bindings(body);
    if (!page) return base::fail(page.error().code, rest_.shown(kRoleBindings), "{}", page.error().text());
    all.insert(page->items.begin(), page->items.end());
    next = page->next;
    if (pages >= kMaxPages || !places.insert(next).second)
      return base::fail(base::ErrorCode::kInvalid, rest_.shown(kRoleBindings),
                        "the pages of the answer repeat");
  }
  return all;
}

}  // namespace ceems::manager
