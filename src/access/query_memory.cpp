#include "access/query_memory.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::access {

namespace {

constexpr std::size_t kOverhead = 256;  // of an entry, about

// Lengths before the parts keep two keys apart whatever the texts hold.
void make_key(const QueryQuestion& question, std::string& key) {
  const fmt::format_int user_size(question.user.size());
  const fmt::format_int cluster_size(question.cluster_id.size());
  key.clear();
  key.append(user_size.data(), user_size.size()).append(":").append(question.user);
  key.append(cluster_size.data(), cluster_size.size()).append(":").append(question.cluster_id);
  key.append(question.query);
}

}  // namespace

QueryMemory::QueryMemory(QueryMemoryOptions options)
    : options_(std::move(options)), answers_(options_.max_bytes) {}

QueryMemory::Scope QueryMemory::scope_of(const QueryQuestion& question) {
  return {.start = question.times.start,
          .end = question.times.end,
          .step = question.times.step,
          .look_back = question.look_back,
          .also = question.also};
}

std::shared_ptr<const std::string> QueryMemory::find(const QueryQuestion& question) {
  const std::scoped_lock lock(mutex_);
  make_key(question, key_);
  const auto known = answers_.find(key_, options_.now() - options_.max_age);
  if (!known || (known->only && *known->only != scope_of(question))) return nullptr;
  return known->narrowed;
}

void QueryMemory::keep(const QueryQuestion& question, std::string narrowed, const Grounds& grounds) {
  if (options_.max_age.count() <= 0) return;
  Answer answer{.narrowed = std::make_shared<const std::string>(std::move(narrowed))};
  if (!grounds.at_all_times) answer.only = scope_of(question);
  std::string key;
  make_key(question, key);
  const std::size_t weight = key.size() + answer.narrowed->size() + kOverhead;
  const std::scoped_lock lock(mutex_);
  answers_.put(std::move(key), std::move(answer), grounds.since, weight);
}

}  // namespace ceems::access
