#include "lb/profile_types.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

using std::string_literals::operator""s;

TEST(ProfileTypes, AreMadeFromTheValuesOfALabel) {
  EXPECT_EQ(
      list_profile_types(MessageForm::kJson, R"({"names":["process_cpu:cpu:nanoseconds:cpu:nanoseconds"]})")
          .value(),
      R"({"profileTypes":[{"ID":"process_cpu:cpu:nanoseconds:cpu:nanoseconds","name":"process_cpu",)"
      R"("sampleType":"cpu","sampleUnit":"nanoseconds","periodType":"cpu","periodUnit":"nanoseconds"}]})");
  EXPECT_EQ(list_profile_types(MessageForm::kProtobuf, "\x0a\x09n:a:b:c:d"s).value(),
            "\x0a\x1a\x0a\x09n:a:b:c:d\x12\x01n\x22\x01"
            "a\x2a\x01"
            "b\x32\x01"
            "c\x3a\x01"
            "d"s);
}

TEST(ProfileTypes, OfOtherValuesAreNone) {
  EXPECT_EQ(
      list_profile_types(MessageForm::kJson, R"({"names":["","a:b","a:b:c:d:e:delta","a:b:c:d:e:f:g"]})")
          .value(),
      R"({"profileTypes":[{"ID":"a:b:c:d:e:delta","name":"a","sampleType":"b","sampleUnit":"c","periodType":"d",)"
      R"("periodUnit":"e"}]})");
  EXPECT_EQ(list_profile_types(MessageForm::kJson, "{}").value(), "{}");
  EXPECT_EQ(list_profile_types(MessageForm::kProtobuf, "").value(), "");
}

TEST(ProfileTypes, AreNotMadeFromAnythingElse) {
  EXPECT_FALSE(list_profile_types(MessageForm::kJson, "<html>"));
  EXPECT_FALSE(list_profile_types(MessageForm::kJson, R"({"labels":[]})"));
  EXPECT_FALSE(list_profile_types(MessageForm::kProtobuf, "{}"));
}

TEST(ProfileTypes, ReplaceTheAnswerAtItsEnd) {
  http::ForwardedHead head;
  ASSERT_TRUE(rewrite_profile_types(MessageForm::kProtobuf, head));
  std::string out;
  ASSERT_TRUE(head.rewriter("\x0a\x09n:a", false, out));
  EXPECT_EQ(out, "");
  ASSERT_TRUE(head.rewriter(":b:c:d", true, out));
  EXPECT_EQ(out, list_profile_types(MessageForm::kProtobuf, "\x0a\x09n:a:b:c:d").value());
}

TEST(ProfileTypes, AreBounded) {
  http::ForwardedHead head;
  ASSERT_TRUE(rewrite_profile_types(MessageForm::kProtobuf, head));
  std::string out;
  const std::string piece(std::size_t{1} << 19, 'x');
  EXPECT_TRUE(head.rewriter(piece, false, out));
  EXPECT_TRUE(head.rewriter(piece, false, out));
  EXPECT_FALSE(head.rewriter("x", false, out));
}

TEST(ProfileTypes, AreNotReadFromACodedAnswer) {
  http::ForwardedHead head;
  head.fields.add("Content-Encoding", "gzip");
  EXPECT_FALSE(rewrite_profile_types(MessageForm::kProtobuf, head));
}

}  // namespace
}  // namespace ceems::lb
