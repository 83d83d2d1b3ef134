#include "lb/label_filter.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

const std::vector<std::string> kHidden{"instance", "host\"name", "ü"};

// In pieces of every size: the result does not depend on where they end.
std::string filter(TsdbResource resource, const std::string& answer, const std::string& label = "") {
  std::string whole;
  for (const std::size_t size : {answer.size(), std::size_t{1}, std::size_t{2}, std::size_t{7}}) {
    LabelFilter filter(resource, label, kHidden);
    std::string out;
    for (std::size_t at = 0; at < answer.size(); at += size) {
      const auto status = filter.feed(std::string_view(answer).substr(at, size), out);
      if (!status) return status.error().message;
    }
    if (const auto status = filter.end(); !status) return status.error().message;
    if (!whole.empty()) {
      EXPECT_EQ(out, whole) << size;
    }
    whole = out;
  }
  return whole;
}

TEST(LabelFilter, TakesLabelsOutOfResults) {
  EXPECT_EQ(
      filter(
          TsdbResource::kQuery,
          R"({"status":"success","data":{"resultType":"vector","result":[)"
          R"({"metric":{"__name__":"up","instance":"a:1","job":"x"},"value":[1.5,"1"]},)"
          R"({"metric":{"instance":"b"},"value":[1,"NaN"],"histogram":[1,{"count":"2"}]}]},"infos":["i"]})"),
      R"({"status":"success","data":{"resultType":"vector","result":[)"
      R"({"metric":{"__name__":"up","job":"x"},"value":[1.5,"1"]},)"
      R"({"metric":{},"value":[1,"NaN"],"histogram":[1,{"count":"2"}]}]},"infos":["i"]})");
}

TEST(LabelFilter, LeavesWhatIsNoLabel) {
  const std::string scalar = R"({"status":"success","data":{"resultType":"scalar","result":[1,"instance"]}})";
  EXPECT_EQ(filter(TsdbResource::kQuery, scalar), scalar);
  const std::string deep =
      R"({"data":{"result":[{"metric":{"a":{"instance":1}},"values":[[1,"instance"]]}],"instance":1},"instance":2})";
  EXPECT_EQ(filter(TsdbResource::kQueryRange, deep), deep);
}

TEST(LabelFilter, ComparesTheTextOfNames) {
  EXPECT_EQ(filter(TsdbResource::kSeries,
                   R"({"data":[{"inst\u0061nce":"1","host\"name":"2","\u00fc":"3","a\\":"4"},{"ü":"5"}]})"),
            R"({"data":[{"a\\":"4"},{}]})");
}

TEST(LabelFilter, TakesNamesOutOfLists) {
  EXPECT_EQ(
      filter(TsdbResource::kLabels, R"({"status":"success","data":["__name__","instance","job","\u00fc"]})"),
      R"({"status":"success","data":["__name__","job"]})");
  EXPECT_EQ(filter(TsdbResource::kLabels, R"({"data":["instance"]})"), R"({"data":[]})");
}

TEST(LabelFilter, DropsTheValuesOfAHiddenLabel) {
  const std::string answer = R"({"status":"success","data":["a","b",{"x":[1,2]}],"warnings":["w"]})";
  EXPECT_EQ(filter(TsdbResource::kLabelValues, answer, "instance"),
            R"({"status":"success","warnings":["w"]})");
  EXPECT_EQ(filter(TsdbResource::kLabelValues, answer, "job"), answer);
}

TEST(LabelFilter, TakesLabelsOutOfExemplars) {
  EXPECT_EQ(
      filter(TsdbResource::kQueryExemplars,
             R"({"data":[{"seriesLabels":{"instance":"a","x":"b"},"exemplars":[{"labels":{"t":"1"}}]}]})"),
      R"({"data":[{"seriesLabels":{"x":"b"},"exemplars":[{"labels":{"t":"1"}}]}]})");
}

TEST(LabelFilter, PassesErrorsAndBlanks) {
  EXPECT_EQ(
      filter(TsdbResource::kQuery,
             "{ \"status\" : \"error\" ,\n \"error\":\"a b\", \"n\": -1.5e3, \"t\":[ true , null ] }\n"),
      R"({"status":"error","error":"a b","n":-1.5e3,"t":[true,null]})");
}

TEST(LabelFilter, PassesANumberAlone) {
  EXPECT_EQ(filter(TsdbResource::kQuery, "5"), "5");
  EXPECT_EQ(filter(TsdbResource::kQuery, " -5.5e+3\n"), "-5.5e+3");
}

TEST(LabelFilter, RefusesWhatIsNoJson) {
  for (const char* const answer : {"<html>", "{", "{\"a\":1", "[1,2", "{\"a\" 1}", "{1:2}", "{}{}", "{]",
                                   "[}", "{\"a\":}", "[,]", "\"a", "\xd8\n", "[1\xd8]", "1:2"})
    EXPECT_NE(filter(TsdbResource::kQuery, answer), answer) << answer;
}

TEST(LabelFilter, BoundsDepthAndNames) {
  EXPECT_EQ(filter(TsdbResource::kQuery, std::string(1000, '[')), "the answer is nested too deeply");
  EXPECT_EQ(filter(TsdbResource::kQuery, "{\"" + std::string(2 << 20, 'a')),
            "a name in the answer is too long");
}

}  // namespace
}  // namespace ceems::lb
