#include "promql/regex_memory.h"

#include <string>
#include <unordered_map>
#include <utility>

namespace ceems::promql {

namespace {

constexpr std::size_t kMaxPatternBytes = 256;
constexpr std::size_t kRememberedBytes = std::size_t{64} << 10;  // of one
constexpr std::size_t kGeneration = 64;

struct Hash : std::hash<std::string_view> {
  using is_transparent = void;
};
using Patterns = std::unordered_map<std::string, std::shared_ptr<const Regex>, Hash, std::equal_to<>>;

// Two generations: what was not asked for while a whole one was filled is forgotten.
class Memory {
 public:
  std::shared_ptr<const Regex> find(std::string_view pattern) {
    if (const auto found = young_.find(pattern); found != young_.end()) return found->second;
    const auto found = old_.find(pattern);
    if (found == old_.end()) return nullptr;
    std::shared_ptr<const Regex> regex = found->second;
    put(pattern, regex);
    return regex;
  }

  void put(std::string_view pattern, std::shared_ptr<const Regex> regex) {
    if (young_.size() >= kGeneration) old_ = std::exchange(young_, {});
    young_.emplace(pattern, std::move(regex));
  }

 private:
  Patterns young_;
  Patterns old_;
};

base::Result<std::shared_ptr<const Regex>> compile(std::string_view pattern, std::size_t memory_bytes) {
  CEEMS_TRY(Regex compiled, Regex::compile(pattern, memory_bytes));
  return std::make_shared<const Regex>(std::move(compiled));
}

}  // namespace

base::Result<std::shared_ptr<const Regex>> compile_or_recall(std::string_view pattern,
                                                             std::size_t memory_bytes) {
  if (pattern.size() > kMaxPatternBytes || memory_bytes < kRememberedBytes)
    return compile(pattern, memory_bytes);
  thread_local Memory memory;
  if (auto known = memory.find(pattern)) return known;
  auto small = compile(pattern, kRememberedBytes);
  // Too large to be kept, or no pattern: then the whole limit says which.
  if (!small) return compile(pattern, memory_bytes);
  // Literals cost nothing to read again.
  if ((*small)->literals() == nullptr) memory.put(pattern, *small);
  return small;
}

}  // namespace ceems::promql
