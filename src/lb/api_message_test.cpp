#include "lb/api_json.h"
#include "lb/api_protobuf.h"
#include "lb/pyroscope_api.h"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

using std::string_literals::operator""s;

const MessageType& series_request() {
  return pyroscope_request(PyroscopeMethod::kSelectSeries);
}

// A message as JSON, or the error.
std::string from_wire(std::string_view bytes, const MessageType& type = series_request()) {
  const auto message = read_protobuf(type, bytes);
  return message ? write_json(*message) : message.error().text();
}

std::string from_json(std::string_view text, const MessageType& type = series_request()) {
  const auto message = read_json(type, text);
  return message ? write_json(*message) : message.error().text();
}

TEST(ApiProtobuf, ReadsEveryKindOfField) {
  EXPECT_EQ(from_wire(""), "{}");
  EXPECT_EQ(
      from_wire("\x0a\x01x\x18\x05\x2a\x01g\x2a\x00\x31\x00\x00\x00\x00\x00\x00\xf8\x3f\x38\x01\x42\x09\x0a"
                "\x03\x0a\x01m\x12\x02\x10\x07\x48\x00"s),
      R"({"profileTypeID":"x","start":"5","groupBy":["g",""],"step":1.5E0,)"
      R"("aggregation":"TIME_SERIES_AGGREGATION_TYPE_AVERAGE",)"
      R"("stackTraceSelector":{"callSite":[{"name":"m"}],"goPgo":{"aggregateCallees":true}},"limit":"0"})");
  EXPECT_EQ(from_wire("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s), R"({"start":"-1"})");
}

TEST(ApiProtobuf, WritesInOneOrderWithoutWhatSaysNothing) {
  const auto message = read_protobuf(series_request(), "\x20\x07\x18\x00\x0a\x00\x48\x00"s);
  ASSERT_TRUE(message);
  EXPECT_EQ(write_protobuf(*message), "\x20\x07\x48\x00"s);
}

TEST(ApiProtobuf, RefusesWhatItsTablesDoNotKnow) {
  EXPECT_EQ(from_wire("\x58\x01"), "SelectSeriesRequest: field 11 is not passed on");
  EXPECT_EQ(from_wire("\x42\x02\x18\x01"), "StackTraceSelector: field 3 is not passed on");
  EXPECT_EQ(from_wire("\x08\x01"), "profile_typeID: is not of the type of this field");
  EXPECT_EQ(from_wire("\x1a\x01\x01"), "start: is not of the type of this field");
  EXPECT_EQ(from_wire("\x35\x01\x01\x01\x01"), "step: is not of the type of this field");
  EXPECT_EQ(from_wire("\x38\x02"), "aggregation: 2 is not known");
  EXPECT_EQ(from_wire("\x38\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "aggregation: -1 is not known");
  EXPECT_EQ(from_wire("\x42\x08\x12\x06\x08\x80\x80\x80\x80\x10"), "keep_locations: is no number of 32 bits");
  EXPECT_EQ(from_wire("\x0b\x0c"), "SelectSeriesRequest: field 1 is of a wire type that is not understood");
}

TEST(ApiProtobuf, RefusesAFieldTwiceThatIsThereOnce) {
  EXPECT_EQ(from_wire("\x12\x01x\x12\x01y"), "label_selector: this field is given more than once");
  EXPECT_EQ(from_wire("\x42\x00\x42\x00"s), "stack_trace_selector: this field is given more than once");
}

TEST(ApiProtobuf, RefusesBrokenBytes) {
  EXPECT_EQ(from_wire("\x0a\x05x"), "SelectSeriesRequest: the message is cut");
  EXPECT_EQ(from_wire("\x42\x02\x0a\x05"), "StackTraceSelector: the message is cut");
  EXPECT_EQ(from_wire("\x0a\x01\xff"), "profile_typeID: is not UTF-8");
  EXPECT_EQ(from_wire("\x0a\x03\xed\xa0\x80"), "profile_typeID: is not UTF-8");
  EXPECT_EQ(from_wire("\x31\x00\x00\x00\x00\x00\x00\xf0\x7f"s), "step: is not a finite number");
}

TEST(ApiProtobuf, BoundsTheNumberOfValues) {
  std::string many;
  for (std::size_t i = 0; i < kMaxValues; ++i)
    many += "\x2a\x00"s;
  EXPECT_TRUE(read_protobuf(series_request(), many));
  EXPECT_EQ(from_wire(many + "\x2a\x00"s), "SelectSeriesRequest: more than 10000 values");
}

TEST(ApiJson, ReadsBothNamesOfAField) {
  const std::string wanted = R"({"profileTypeID":"x","labelSelector":"{}","groupBy":["g"]})";
  EXPECT_EQ(from_json(wanted), wanted);
  EXPECT_EQ(from_json(R"({"profile_typeID":"x","label_selector":"{}","group_by":["g"]})"), wanted);
  EXPECT_EQ(from_json(R"({"label_selector":"{}","labelSelector":"{}"})"),
            "labelSelector: this field is given more than once");
  EXPECT_EQ(from_json(R"({"group_by":["a"],"groupBy":["b"]})"),
            "groupBy: this field is given more than once");
}

TEST(ApiJson, ReadsNumbersHoweverTheyAreWritten) {
  for (const std::string_view number : {"1700000000000", "\"1700000000000\"", "1.7e12", "1700000000000.0"})
    EXPECT_EQ(from_json("{\"start\":" + std::string(number) + "}"), R"({"start":"1700000000000"})") << number;
  EXPECT_EQ(from_json(R"({"start":"-9223372036854775808","end":9223372036854775807})"),
            R"({"start":"-9223372036854775808","end":"9223372036854775807"})");
  for (const std::string_view wrong :
       {"1.5", "\"1.5\"", "\"\"", "\" 1\"", "true", "[1]", "{}", "9223372036854775808", "1e300"})
    EXPECT_EQ(from_json("{\"start\":" + std::string(wrong) + "}"), "start: is not of the type of this field")
        << wrong;
  for (const std::string_view number : {"15", "15.0", "\"15\""})
    EXPECT_EQ(from_json("{\"step\":" + std::string(number) + "}"), R"({"step":1.5E1})") << number;
  for (const std::string_view wrong : {"\"NaN\"", "\"Infinity\"", "\"inf\"", "\"\"", "[]"})
    EXPECT_EQ(from_json("{\"step\":" + std::string(wrong) + "}"), "step: is not of the type of this field")
        << wrong;
}

TEST(ApiJson, ReadsEnumeratorsByNameAndNumber) {
  for (const std::string_view value : {"\"EXEMPLAR_TYPE_SPAN\"", "3"})
    EXPECT_EQ(from_json("{\"exemplarType\":" + std::string(value) + "}"),
              R"({"exemplarType":"EXEMPLAR_TYPE_SPAN"})");
  for (const std::string_view value : {"\"exemplar_type_span\"", "4", "-1", "1.5", "\"3\""})
    EXPECT_EQ(from_json("{\"exemplarType\":" + std::string(value) + "}"),
              "exemplarType: this value is not known")
        << value;
}

TEST(ApiJson, TakesNullForNothing) {
  EXPECT_EQ(from_json(R"({"start":null,"groupBy":null,"stackTraceSelector":null,"limit":null})"), "{}");
  EXPECT_EQ(from_json(R"({"groupBy":[null]})"), "groupBy: is not of the type of this field");
}

TEST(ApiJson, RefusesWhatItsTablesDoNotKnow) {
  EXPECT_EQ(from_json(R"({"query":"{}"})"), "SelectSeriesRequest: 'query' is not passed on");
  EXPECT_EQ(from_json(R"({"labelselector":"{}"})"), "SelectSeriesRequest: 'labelselector' is not passed on");
  EXPECT_EQ(from_json(R"({"labelSelector":["{}"]})"), "labelSelector: is not of the type of this field");
  EXPECT_EQ(from_json(R"({"groupBy":"g"})"), "groupBy: is not of the type of this field");
  EXPECT_EQ(from_json(R"({"stackTraceSelector":[]})"),
            "stackTraceSelector: is not of the type of this field");
}

TEST(ApiJson, RefusesWhatIsNoObject) {
  const std::string deep(10'000, '[');
  for (const std::string& text : std::vector<std::string>{"", "null", "[]", "\"\"", "{\"a\"}",
                                                          "{\"start\":1}x", "{\"groupBy\":[\"\xff\"]}", deep})
    EXPECT_EQ(from_json(text), "SelectSeriesRequest: the body is no JSON object") << text.substr(0, 40);
}

TEST(ApiJson, BoundsTheNumberOfValues) {
  std::string many = "{\"groupBy\":[\"\"";
  for (std::size_t i = 1; i < kMaxValues; ++i)
    many += ",\"\"";
  EXPECT_TRUE(read_json(series_request(), many + "]}"));
  EXPECT_EQ(from_json(many + ",\"\"]}"), "SelectSeriesRequest: more than 10000 values");
}

}  // namespace
}  // namespace ceems::lb
