#include "exposition/protobuf.h"

#include "base/protobuf_wire.h"
#include "base/text.h"
#include "exposition/sample_line.h"

#include <cstdint>
#include <limits>

namespace ceems::exposition {

namespace {

using base::append_bytes_field;
using base::append_double_field;
using base::append_varint;
using base::append_varint_field;

// Field numbers of metrics.proto.
constexpr std::uint32_t kFamilyName = 1;
constexpr std::uint32_t kFamilyHelp = 2;
constexpr std::uint32_t kFamilyType = 3;
constexpr std::uint32_t kFamilyMetric = 4;
constexpr std::uint32_t kMetricLabel = 1;
constexpr std::uint32_t kMetricGauge = 2;
constexpr std::uint32_t kMetricCounter = 3;
constexpr std::uint32_t kMetricUntyped = 5;
constexpr std::uint32_t kLabelName = 1;
constexpr std::uint32_t kLabelValue = 2;
constexpr std::uint32_t kNumberValue = 1;

struct Type {
  std::uint64_t number;        // enum MetricType
  std::uint32_t metric_field;  // where a Metric holds such a value
};
constexpr Type kCounterType{0, kMetricCounter};
constexpr Type kGaugeType{1, kMetricGauge};
constexpr Type kUntypedType{3, kMetricUntyped};

class FamilyEncoder {
 public:
  void start(std::string_view name, std::string_view help) {
    family_.clear();
    type_ = kUntypedType;
    append_bytes_field(family_, kFamilyName, name);
    text_.clear();
    append_unescaped(text_, help);
    append_bytes_field(family_, kFamilyHelp, text_);
  }

  void set_type(std::string_view name) {
    type_ = name == "counter" ? kCounterType : name == "gauge" ? kGaugeType : kUntypedType;
    append_varint_field(family_, kFamilyType, type_.number);
  }

  void add(std::string_view line) {
    const SampleLine sample = parse_sample_line(line);
    const auto value = base::parse_double(sample.value);
    if (family_.empty() || !value) return;
    metric_.clear();
    std::string_view labels = sample.labels;
    std::string_view name;
    std::string_view escaped;
    while (next_label(labels, name, escaped)) {
      text_.clear();
      append_unescaped(text_, escaped);
      part_.clear();
      append_bytes_field(part_, kLabelName, name);
      append_bytes_field(part_, kLabelValue, text_);
      append_bytes_field(metric_, kMetricLabel, part_);
    }
    part_.clear();
    append_double_field(part_, kNumberValue, *value);
    append_bytes_field(metric_, type_.metric_field, part_);
    append_bytes_field(family_, kFamilyMetric, metric_);
  }

  void finish(std::string& out) {
    if (family_.empty()) return;
    append_varint(out, family_.size());
    out += family_;
    family_.clear();
  }

 private:
  Type type_ = kUntypedType;
  std::string family_, metric_, part_, text_;
};

}  // namespace

std::string encode_protobuf(std::string_view page) {
  constexpr std::string_view kHelp = "# HELP ";
  constexpr std::string_view kType = "# TYPE ";
  std::string out;
  FamilyEncoder encoder;
  std::string_view line;
  while (base::next_line(page, line)) {
    if (line.starts_with(kHelp)) {
      encoder.finish(out);
      line.remove_prefix(kHelp.size());
      const std::size_t blank = std::min(line.find(' '), line.size());
      encoder.start(line.substr(0, blank), line.substr(std::min(blank + 1, line.size())));
    } else if (line.starts_with(kType)) {
      encoder.set_type(line.substr(line.rfind(' ') + 1));
    } else {
      encoder.add(line);
    }
  }
  encoder.finish(out);
  return out;
}

}  // namespace ceems::exposition
