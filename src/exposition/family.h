// A metric family as it is declared: once, as a constant beside the collector that fills it. The reference
// manual is generated from these declarations, and a test holds that one name has one type and one help text.
//
// Format: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4)
#pragma once

#include <cstdint>
#include <string_view>

namespace ceems::exposition {

enum class MetricType : std::uint8_t { kCounter, kGauge, kUntyped };

// As written after # TYPE: "counter".
constexpr std::string_view type_name(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kUntyped:
      break;
  }
  return "untyped";
}

struct Family {
  std::string_view name;
  MetricType type = MetricType::kGauge;
  std::string_view help;    // one line
  std::string_view labels;  // names, comma-separated and sorted: "hostname,mode"; empty for none
};

}  // namespace ceems::exposition
