#include "lb/api_server_answer.h"

#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::lb {
namespace {

constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

std::string success(const std::string& rows) {
  return R"({"status":"success","data":)" + rows + "}\n";
}

TEST(ParseClaims, TurnsTimesAround) {
  const auto claims = parse_claims(success(
      R"([{"uuid":"7","owned":true,"nobody_else":[[null,9],[20,29],[40,null]]},)"
      R"({"uuid":"8","owned":false,"nobody_else":[]},{"uuid":"9","owned":true,"nobody_else":[[null,null]]}])"));
  ASSERT_TRUE(claims) << claims.error().text();
  EXPECT_EQ(*claims,
            (std::vector<access::Claim>{{.uuid = "7", .owned = true, .foreign = {{10, 19}, {30, 39}}},
                                        {.uuid = "8", .owned = false, .foreign = {{kFirst, kLast}}},
                                        {.uuid = "9", .owned = true, .foreign = {}}}));
  EXPECT_TRUE(parse_claims(success("[]"))->empty());
}

TEST(ParseClaims, UnderstandsAllOrNothing) {
  for (const char* rows :
       {"null", "{}", "[1]", "[{}]", R"([{"uuid":7,"owned":true,"nobody_else":[]}])",
        R"([{"uuid":"","owned":true,"nobody_else":[]}])", R"([{"uuid":"7","owned":1,"nobody_else":[]}])",
        R"([{"uuid":"7","nobody_else":[]}])", R"([{"uuid":"7","owned":true}])",
        R"([{"uuid":"7","owned":true,"nobody_else":null}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[[1]]}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[[1,2,3]]}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[[2,1]]}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[[1.5,2]]}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[["1",2]]}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[[1,9223372036854775808]]}])",
        R"([{"uuid":"7","owned":true,"nobody_else":[]},{"uuid":"7","owned":true,"nobody_else":[]}])"}) {
    const auto claims = parse_claims(success(rows));
    ASSERT_FALSE(claims) << rows;
    EXPECT_EQ(claims.error().code, base::ErrorCode::kInvalid);
  }
  for (const char* text : {"", "[]", "{}", R"({"status":"error","data":[]})", R"({"data":[]})",
                           "{\"status\":", "<html>404</html>"})
    EXPECT_FALSE(parse_claims(text)) << text;
  EXPECT_FALSE(parse_claims(success(std::string(100'000, '['))));
}

TEST(ParseTexts, TakesOneOfEachRow) {
  EXPECT_EQ(*parse_texts(success(R"([{"name":"ann","uid":"1"},{"name":"root"}])"), "name"),
            (std::vector<std::string>{"ann", "root"}));
  EXPECT_FALSE(parse_texts(success(R"([{"name":"ann"},{"nom":"root"}])"), "name"));
}

}  // namespace
}  // namespace ceems::lb
