// The fields that cacct can show: how each is called on the command line, in the API and in the table's head,
// and how wide its column may get. Constant, thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::report {

enum class FieldKind : std::uint8_t {
  kText,   // a string of the unit
  kUsage,  // percent per sub-metric, printed with two decimals; summaries are weighted averages
  kTotal,  // kWh or grams per sub-metric, printed with six decimals; summaries are sums
};

struct Field {
  std::string_view name;         // as --helpformat shows it; --format compares without case
  std::string_view api;          // JSON key and value of the `field` parameter
  std::string_view title;        // head of the column
  std::string_view description;  // one line for --helpformat
  std::size_t min_width = 0;     // of the column in text output, in characters
  std::size_t max_width = 0;
  FieldKind kind = FieldKind::kText;
  std::size_t slot = 0;     // where Unit keeps it: in `texts` or in `metrics`
  std::string_view weight;  // kUsage: key of total_time_seconds that weighs its averages
  bool in_default = false;  // shown without --format
};

inline constexpr std::size_t kTextFields = 10;
inline constexpr std::size_t kMetricFields = 8;

// Slots that other code asks for by name.
inline constexpr std::size_t kUuidSlot = 0;
inline constexpr std::size_t kProjectSlot = 2;
inline constexpr std::size_t kGroupSlot = 3;
inline constexpr std::size_t kUserSlot = 4;
inline constexpr std::size_t kElapsedSlot = 8;

using FieldList = std::vector<const Field*>;

std::span<const Field> all_fields();  // in the order of the wide table
FieldList default_fields();
FieldList every_field();
// "jobid, Elapsed" in the order given, blanks around names ignored, repeated names kept once. kInvalid names
// what is not a field.
base::Result<FieldList> parse_format(std::string_view list);

// The table of --helpformat, with a final newline.
std::string format_help();

}  // namespace ceems::report
