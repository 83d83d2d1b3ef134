#include "promql/token.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ceems::promql {

namespace {

constexpr std::size_t kLongestKeyword = 12;

constexpr std::array kKeywords = std::to_array<std::pair<std::string_view, Keyword>>({
    {"anchored", Keyword::kAnchored},
    {"and", Keyword::kAnd},
    {"atan2", Keyword::kAtan2},
    {"avg", Keyword::kAvg},
    {"bool", Keyword::kBool},
    {"bottomk", Keyword::kBottomk},
    {"by", Keyword::kBy},
    {"count", Keyword::kCount},
    {"count_values", Keyword::kCountValues},
    {"end", Keyword::kEnd},
    {"fill", Keyword::kFill},
    {"fill_left", Keyword::kFillLeft},
    {"fill_right", Keyword::kFillRight},
    {"group", Keyword::kGroup},
    {"group_left", Keyword::kGroupLeft},
    {"group_right", Keyword::kGroupRight},
    {"ignoring", Keyword::kIgnoring},
    {"limit_ratio", Keyword::kLimitRatio},
    {"limitk", Keyword::kLimitk},
    {"max", Keyword::kMax},
    {"max_of", Keyword::kMaxOf},
    {"min", Keyword::kMin},
    {"min_of", Keyword::kMinOf},
    {"offset", Keyword::kOffset},
    {"on", Keyword::kOn},
    {"or", Keyword::kOr},
    {"quantile", Keyword::kQuantile},
    {"range", Keyword::kRange},
    {"smoothed", Keyword::kSmoothed},
    {"start", Keyword::kStart},
    {"stddev", Keyword::kStddev},
    {"stdvar", Keyword::kStdvar},
    {"step", Keyword::kStep},
    {"sum", Keyword::kSum},
    {"topk", Keyword::kTopk},
    {"unless", Keyword::kUnless},
    {"without", Keyword::kWithout},
});
static_assert(std::ranges::is_sorted(kKeywords));

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

Keyword keyword_of(std::string_view word) {
  if (word.size() > kLongestKeyword) return Keyword::kNone;
  std::array<char, kLongestKeyword> folded{};
  std::ranges::transform(word, folded.begin(), lower);
  const std::string_view name(folded.data(), word.size());
  const auto found =
      std::ranges::lower_bound(kKeywords, name, {}, &std::pair<std::string_view, Keyword>::first);
  return found != kKeywords.end() && found->first == name ? found->second : Keyword::kNone;
}

bool is_number_word(std::string_view word) {
  return base::equals_ignoring_case(word, "inf") || base::equals_ignoring_case(word, "nan");
}

bool can_name_metric(Keyword keyword) {
  switch (keyword) {
    case Keyword::kAtan2:
    case Keyword::kBool:
    case Keyword::kGroupLeft:
    case Keyword::kGroupRight:
    case Keyword::kIgnoring:
    case Keyword::kOn:
      return false;
    default:
      return true;
  }
}

bool can_name_function(Keyword keyword) {
  switch (keyword) {
    case Keyword::kNone:
    case Keyword::kEnd:
    case Keyword::kMaxOf:
    case Keyword::kMinOf:
    case Keyword::kRange:
    case Keyword::kStart:
    case Keyword::kStep:
      return true;
    default:
      return false;
  }
}

}  // namespace ceems::promql
