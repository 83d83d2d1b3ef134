#include "lb/pyroscope_api.h"

#include <algorithm>

namespace ceems::lb {

namespace {

using enum ValueType;
using enum Presence;

constexpr std::string_view kProfileFormats[] = {"PROFILE_FORMAT_UNSPECIFIED", "PROFILE_FORMAT_FLAMEGRAPH",
                                                "PROFILE_FORMAT_TREE", "PROFILE_FORMAT_DOT",
                                                "PROFILE_FORMAT_PPROF"};
constexpr std::string_view kAggregations[] = {"TIME_SERIES_AGGREGATION_TYPE_SUM",
                                              "TIME_SERIES_AGGREGATION_TYPE_AVERAGE"};
constexpr std::string_view kExemplarTypes[] = {"EXEMPLAR_TYPE_UNSPECIFIED", "EXEMPLAR_TYPE_NONE",
                                               "EXEMPLAR_TYPE_INDIVIDUAL", "EXEMPLAR_TYPE_SPAN"};
constexpr std::string_view kHeatmapTypes[] = {"HEATMAP_QUERY_TYPE_UNSPECIFIED",
                                              "HEATMAP_QUERY_TYPE_INDIVIDUAL", "HEATMAP_QUERY_TYPE_SPAN"};

constexpr FieldType kLocationFields[] = {{1, "name", "name", kString}};
constexpr MessageType kLocation{"Location", kLocationFields};

constexpr FieldType kGoPgoFields[] = {{1, "keep_locations", "keepLocations", kUint32},
                                      {2, "aggregate_callees", "aggregateCallees", kBool}};
constexpr MessageType kGoPgo{"GoPGO", kGoPgoFields};

constexpr FieldType kStackTraceSelectorFields[] = {
    {1, "call_site", "callSite", kMessage, kRepeated, &kLocation},
    {2, "go_pgo", "goPgo", kMessage, kOptional, &kGoPgo},
};
constexpr MessageType kStackTraceSelector{"StackTraceSelector", kStackTraceSelectorFields};

constexpr FieldType kProfileTypesFields[] = {{1, "start", "start", kInt64}, {2, "end", "end", kInt64}};
constexpr MessageType kProfileTypes{"ProfileTypesRequest", kProfileTypesFields};

constexpr FieldType kLabelValuesFields[] = {
    {1, "name", "name", kString},
    {2, "matchers", "matchers", kString, kRepeated},
    {3, "start", "start", kInt64},
    {4, "end", "end", kInt64},
};
constexpr MessageType kLabelValues{"LabelValuesRequest", kLabelValuesFields};

constexpr FieldType kLabelNamesFields[] = {
    {1, "matchers", "matchers", kString, kRepeated},
    {2, "start", "start", kInt64},
    {3, "end", "end", kInt64},
};
constexpr MessageType kLabelNames{"LabelNamesRequest", kLabelNamesFields};

constexpr FieldType kSeriesFields[] = {
    {1, "matchers", "matchers", kString, kRepeated},
    {2, "label_names", "labelNames", kString, kRepeated},
    {3, "start", "start", kInt64},
    {4, "end", "end", kInt64},
};
constexpr MessageType kSeries{"SeriesRequest", kSeriesFields};

// Profiles, traces and spans are asked for beside the selector, not in place of it.
constexpr FieldType kMergeStacktracesFields[] = {
    {1, "profile_typeID", "profileTypeID", kString},
    {2, "label_selector", "labelSelector", kString},
    {3, "start", "start", kInt64},
    {4, "end", "end", kInt64},
    {5, "max_nodes", "maxNodes", kInt64, kOptional},
    {6, "format", "format", kEnum, kImplicit, nullptr, kProfileFormats},
    {7, "stack_trace_selector", "stackTraceSelector", kMessage, kOptional, &kStackTraceSelector},
    {8, "profile_id_selector", "profileIdSelector", kString, kRepeated},
    {10, "trace_id_selector", "traceIdSelector", kString, kRepeated},
    {11, "span_selector", "spanSelector", kString, kRepeated},
};
constexpr MessageType kMergeStacktraces{"SelectMergeStacktracesRequest", kMergeStacktracesFields};

constexpr FieldType kMergeSpanProfileFields[] = {
    {1, "profile_typeID", "profileTypeID", kString},
    {2, "label_selector", "labelSelector", kString},
    {3, "span_selector", "spanSelector", kString, kRepeated},
    {4, "start", "start", kInt64},
    {5, "end", "end", kInt64},
    {6, "max_nodes", "maxNodes", kInt64, kOptional},
    {7, "format", "format", kEnum, kImplicit, nullptr, kProfileFormats},
};
constexpr MessageType kMergeSpanProfile{"SelectMergeSpanProfileRequest", kMergeSpanProfileFields};

constexpr FieldType kMergeProfileFields[] = {
    {1, "profile_typeID", "profileTypeID", kString},
    {2, "label_selector", "labelSelector", kString},
    {3, "start", "start", kInt64},
    {4, "end", "end", kInt64},
    {5, "max_nodes", "maxNodes", kInt64, kOptional},
    {6, "stack_trace_selector", "stackTraceSelector", kMessage, kOptional, &kStackTraceSelector},
    {7, "profile_id_selector", "profileIdSelector", kString, kRepeated},
    {8, "trace_id_selector", "traceIdSelector", kString, kRepeated},
};
constexpr MessageType kMergeProfile{"SelectMergeProfileRequest", kMergeProfileFields};

constexpr FieldType kSelectSeriesFields[] = {
    {1, "profile_typeID", "profileTypeID", kString},
    {2, "label_selector", "labelSelector", kString},
    {3, "start", "start", kInt64},
    {4, "end", "end", kInt64},
    {5, "group_by", "groupBy", kString, kRepeated},
    {6, "step", "step", kDouble},
    {7, "aggregation", "aggregation", kEnum, kOptional, nullptr, kAggregations},
    {8, "stack_trace_selector", "stackTraceSelector", kMessage, kOptional, &kStackTraceSelector},
    {9, "limit", "limit", kInt64, kOptional},
    {10, "exemplar_type", "exemplarType", kEnum, kImplicit, nullptr, kExemplarTypes},
};
constexpr MessageType kSelectSeries{"SelectSeriesRequest", kSelectSeriesFields};

constexpr FieldType kSelectHeatmapFields[] = {
    {1, "profile_typeID", "profileTypeID", kString},
    {2, "label_selector", "labelSelector", kString},
    {3, "start", "start", kInt64},
    {4, "end", "end", kInt64},
    {5, "step", "step", kDouble},
    {6, "group_by", "groupBy", kString, kRepeated},
    {7, "query_type", "queryType", kEnum, kImplicit, nullptr, kHeatmapTypes},
    {8, "exemplar_type", "exemplarType", kEnum, kImplicit, nullptr, kExemplarTypes},
    {9, "limit", "limit", kInt64, kOptional},
};
constexpr MessageType kSelectHeatmap{"SelectHeatmapRequest", kSelectHeatmapFields};

constexpr FieldType kDiffFields[] = {
    {1, "left", "left", kMessage, kOptional, &kMergeStacktraces},
    {2, "right", "right", kMessage, kOptional, &kMergeStacktraces},
};
constexpr MessageType kDiff{"DiffRequest", kDiffFields};

constexpr FieldType kLabelValuesAnswerFields[] = {{1, "names", "names", kString, kRepeated}};
constexpr MessageType kLabelValuesAnswer{"LabelValuesResponse", kLabelValuesAnswerFields};

constexpr FieldType kProfileTypeFields[] = {
    {1, "ID", "ID", kString},
    {2, "name", "name", kString},
    {4, "sample_type", "sampleType", kString},
    {5, "sample_unit", "sampleUnit", kString},
    {6, "period_type", "periodType", kString},
    {7, "period_unit", "periodUnit", kString},
};
constexpr MessageType kProfileType{"ProfileType", kProfileTypeFields};

constexpr FieldType kProfileTypesAnswerFields[] = {
    {1, "profile_types", "profileTypes", kMessage, kRepeated, &kProfileType}};
constexpr MessageType kProfileTypesAnswer{"ProfileTypesResponse", kProfileTypesAnswerFields};

struct Call {
  PyroscopeMethod method;
  std::string_view path;
  const MessageType* request;
};

// By PyroscopeMethod.
constexpr Call kCalls[] = {
    {PyroscopeMethod::kProfileTypes, "/querier.v1.QuerierService/ProfileTypes", &kProfileTypes},
    {PyroscopeMethod::kLabelValues, "/querier.v1.QuerierService/LabelValues", &kLabelValues},
    {PyroscopeMethod::kLabelNames, "/querier.v1.QuerierService/LabelNames", &kLabelNames},
    {PyroscopeMethod::kSeries, "/querier.v1.QuerierService/Series", &kSeries},
    {PyroscopeMethod::kSelectMergeStacktraces, "/querier.v1.QuerierService/SelectMergeStacktraces",
     &kMergeStacktraces},
    {PyroscopeMethod::kSelectMergeSpanProfile, "/querier.v1.QuerierService/SelectMergeSpanProfile",
     &kMergeSpanProfile},
    {PyroscopeMethod::kSelectMergeProfile, "/querier.v1.QuerierService/SelectMergeProfile", &kMergeProfile},
    {PyroscopeMethod::kSelectSeries, "/querier.v1.QuerierService/SelectSeries", &kSelectSeries},
    {PyroscopeMethod::kSelectHeatmap, "/querier.v1.QuerierService/SelectHeatmap", &kSelectHeatmap},
    {PyroscopeMethod::kDiff, "/querier.v1.QuerierService/Diff", &kDiff},
};

const Call& call(PyroscopeMethod method) {
  return kCalls[static_cast<std::size_t>(method)];
}

}  // namespace

std::optional<PyroscopeRoute> find_pyroscope_route(std::string_view method, std::string_view path) {
  if (method != "POST") return std::nullopt;
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto* const found = std::ranges::find(kCalls, path, &Call::path);
  if (found == std::end(kCalls)) return std::nullopt;
  return PyroscopeRoute{found->method, std::string(path)};
}

std::string_view pyroscope_path(PyroscopeMethod method) {
  return call(method).path;
}

const MessageType& pyroscope_request(PyroscopeMethod method) {
  return *call(method).request;
}

const MessageType& label_values_response() {
  return kLabelValuesAnswer;
}

const MessageType& profile_types_response() {
  return kProfileTypesAnswer;
}

const MessageType& profile_type_message() {
  return kProfileType;
}

}  // namespace ceems::lb
