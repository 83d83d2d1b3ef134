// Durations of range selectors, subqueries and offsets: plain ones, and the arithmetic on them that
// Prometheus 3 has. Thread-safe.
// https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
#pragma once

#include "base/result.h"
#include "promql/operators.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::promql {

struct DurationExpression {
  enum class Kind : std::uint8_t {
    kLiteral,
    kStep,    // step(): the step of the query
    kRange,   // range(): from its first to its last evaluation
    kMin,     // min(a, b), as min_of was called at first
    kMax,     // max(a, b)
    kMinOf,   // min_of(a, b)
    kMaxOf,   // max_of(a, b)
    kNegate,  // -a
    kBinary,  // a op b
  };

  Kind kind = Kind::kLiteral;
  double seconds = 0;                        // of a literal; finite
  bool spelled = false;                      // a literal with units: how it is printed inside of arithmetic
  BinaryOperator op = BinaryOperator::kAdd;  // of a kBinary: one of + - * / % ^
  std::vector<DurationExpression> operands;

  static DurationExpression literal(double seconds, bool spelled);
  bool is_literal() const { return kind == Kind::kLiteral; }
};

// However a literal is spelled.
bool operator==(const DurationExpression& a, const DurationExpression& b);

// The longest duration in seconds, either way: Prometheus keeps nanoseconds in 64 bits.
inline constexpr double kLongestDurationSeconds = 9223372036.854775807;

// Times that a query is evaluated at: start, start + step … up to end. An instant query has start == end and
// step 0.
struct QueryTimes {
  std::chrono::milliseconds start{};  // since 1970
  std::chrono::milliseconds end{};
  std::chrono::milliseconds step{};
};

// What a server may make of a duration. Servers round to milliseconds in different ways: both ends are safe.
struct DurationBounds {
  std::chrono::milliseconds least{};
  std::chrono::milliseconds most{};
};
enum class DurationSign : std::uint8_t { kAny, kPositive };

// kInvalid where Prometheus refuses to run the query: division by zero, not above zero where it has to be,
// out of range.
base::Result<DurationBounds> evaluate_duration(const DurationExpression& duration, const QueryTimes& times,
                                               DurationSign sign);

// As it stands in brackets.
void append_range(std::string& out, const DurationExpression& duration);
// As it stands behind `offset`: what is not simple is in parentheses.
void append_offset(std::string& out, const DurationExpression& duration);

}  // namespace ceems::promql
