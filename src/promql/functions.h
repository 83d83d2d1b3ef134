// The functions of PromQL and what they take: those of Prometheus 2.40 to 3.15, the experimental ones
// included. Whether a server has a function is the server's business. Thread-safe.
// https://prometheus.io/docs/prometheus/latest/querying/functions/
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ceems::promql {

enum class ValueType : std::uint8_t { kScalar, kString, kInstantVector, kRangeVector };

// "scalar", "string", "instant vector", "range vector".
std::string_view value_type_name(ValueType type);

struct Function {
  std::string_view name;
  std::string_view parameters;  // one letter each: s, t, i, r for scalar, text, instant, range vector
  // 0: all parameters are given. n > 0: the last one is given 0 to n times. -1: any number of times.
  int repeats;
  ValueType result;

  std::size_t least_arguments() const { return repeats == 0 ? parameters.size() : parameters.size() - 1; }
  std::optional<std::size_t> most_arguments() const;
  ValueType parameter(std::size_t index) const;  // beyond the last: the last one's
};

// Names are compared with case. Null if there is no such function. The pointer is good forever.
const Function* find_function(std::string_view name);
std::span<const Function> all_functions();  // by name

// The function whose second argument selects series without being a vector, see visit.h.
bool is_info(const Function& function);

}  // namespace ceems::promql
