#include "lb/error_answer.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

TEST(ErrorAnswer, KeepsWhatHappenedAndNoLabels) {
  EXPECT_EQ(
      tame_error(422,
                 R"({"status":"error","errorType":"execution","error":"found duplicate series for the match )"
                 R"(group {uuid=\"7\"} on the right hand-side of the operation: [{uuid=\"7\"}]"})"),
      "{\"status\":\"error\",\"data\":null,\"errorType\":\"execution\",\"error\":\"found duplicate series "
      "for the "
      "match group …\"}\n");
  EXPECT_EQ(
      tame_error(
          503,
          R"({"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"})"),
      "{\"status\":\"error\",\"data\":null,\"errorType\":\"timeout\",\"error\":\"query timed out in "
      "expression "
      "evaluation\"}\n");
}

TEST(ErrorAnswer, KeepsWhatServersOfProfilesSayAboutTheRequest) {
  EXPECT_EQ(tame_error(400, R"({"code":"invalid_argument","message":"no series for {service_name=\"3\"}"})"),
            R"({"status":"error","data":null,"errorType":"invalid_argument","error":"no series for …",)"
            R"("code":"invalid_argument","message":"no series for …"})"
            "\n");
  EXPECT_EQ(tame_error(500, R"({"code":"internal","message":"open block of service 3"})"),
            R"({"status":"error","data":null,"errorType":"unavailable",)"
            R"("error":"the server behind answered with status 500"})"
            "\n");
}

TEST(ErrorAnswer, TellsTheStatusOfAnythingElse) {
  const std::string unknown =
      "{\"status\":\"error\",\"data\":null,\"errorType\":\"unavailable\",\"error\":\"the server behind "
      "answered with "
      "status 502\"}\n";
  for (const char* const body :
       {"", "<html>secret</html>", "{", "[]", R"({"errorType":"secret","error":"x"})",
        R"({"errorType":7,"error":"x"})", R"({"error":"x"})"})
    EXPECT_EQ(tame_error(502, body), unknown) << body;
}

TEST(ErrorAnswer, IsCollectedFromPieces) {
  const auto rewrite = tame_errors(400, std::nullopt);
  std::string out;
  EXPECT_TRUE(rewrite(R"({"errorType":"bad_data",)", false, out));
  EXPECT_EQ(out, "");
  EXPECT_TRUE(rewrite(R"("error":"no"})", true, out));
  EXPECT_EQ(out, "{\"status\":\"error\",\"data\":null,\"errorType\":\"bad_data\",\"error\":\"no\"}\n");
  std::string coded;
  EXPECT_TRUE(tame_errors(400, "br")("\x8b\x03", true, coded));
  EXPECT_EQ(coded.find("\x8b"), std::string::npos);
}

}  // namespace
}  // namespace ceems::lb
