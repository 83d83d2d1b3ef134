#include "update/template.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::update {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TemplateValues values(std::vector<std::string> uuids = {"a", "b"}) {
  TemplateValues values;
  values.uuids = std::move(uuids);
  values.range = seconds(900);
  values.settings.scrape_interval = seconds(15);
  values.settings.evaluation_interval = seconds(30);
  return values;
}

std::string render(const std::string& text, const TemplateValues& with) {
  const auto parsed = QueryTemplate::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().text();
  return parsed ? parsed->render(with) : "";
}

TEST(QueryTemplate, FillsInAllVariables) {
  EXPECT_EQ(render("{{.Range}} {{.RangeOpen}} {{.RateInterval}} {{.ScrapeInterval}} {{.ScrapeIntervalMilli}} "
                   "{{.EvaluationInterval}} {{.EvaluationIntervalMilli}} {{.UUIDs}}",
                   values()),
            "15m0s 899999ms 1m0s 15s 15000 30s 30000 a|b");
}

TEST(QueryTemplate, AllowsBlanksAndTrimmingDashes) {
  EXPECT_EQ(render("x {{ .Range }} y", values()), "x 15m0s y");
  EXPECT_EQ(render("x {{- .Range -}} y", values()), "x15m0sy");
}

TEST(QueryTemplate, CutsTheRangeToWholeSeconds) {
  TemplateValues with = values();
  with.range = milliseconds(900'700);
  EXPECT_EQ(render("{{.Range}} {{.RangeOpen}}", with), "15m0s 900699ms");
}

TEST(QueryTemplate, EscapesIdsForTheQuotesTheyStandIn) {
  const TemplateValues with = values({"77[3]", "a\"`'b"});
  EXPECT_EQ(render("up{uuid=~`{{.UUIDs}}`}", with), R"(up{uuid=~`77\[3\]|a\x22\x60\x27b`})");
  EXPECT_EQ(render("up{uuid=~\"{{.UUIDs}}\"}", with), R"(up{uuid=~"77\\[3\\]|a\\x22\\x60\\x27b"})");
  EXPECT_EQ(render("up{uuid=~'{{.UUIDs}}'}", with), R"(up{uuid=~'77\\[3\\]|a\\x22\\x60\\x27b'})");
}

TEST(QueryTemplate, KnowsQuotesInsideOtherQuotesAndComments) {
  const TemplateValues with = values({"a.b"});
  EXPECT_EQ(render("up{x=`\"`,uuid=~`{{.UUIDs}}`}", with), R"(up{x=`"`,uuid=~`a\.b`})");
  EXPECT_EQ(render("up{x=\"\\\"`\",uuid=~\"{{.UUIDs}}\"}", with), R"(up{x="\"`",uuid=~"a\\.b"})");
  EXPECT_EQ(render("# it's\nup{uuid=~`{{.UUIDs}}`}", with), "# it's\nup{uuid=~`a\\.b`}");
}

TEST(QueryTemplate, PutsAManagerBesideTheIds) {
  TemplateValues with = values({"a"});
  with.manager = "do\"cker";
  const auto parsed = QueryTemplate::parse("sum(x{uuid=~\"{{.UUIDs}}\",p=\"1\"}) + y{uuid=~`{{.UUIDs}}`}");
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->can_name_manager());
  EXPECT_EQ(parsed->render(with),
            "sum(x{uuid=~\"a\",manager=\"do\\\"cker\",p=\"1\"}) + y{uuid=~`a`,manager=\"do\\\"cker\"}");
  EXPECT_FALSE(QueryTemplate::parse("x{uuid=~\"y|{{.UUIDs}}\"}")->can_name_manager());
  EXPECT_FALSE(QueryTemplate::parse("x{uuid=\"{{.UUIDs}}\"}")->can_name_manager());
}

TEST(QueryTemplate, RefusesWhatItDoesNotKnow) {
  for (const char* text :
       {"{{.Nope}}", "{{UUIDs}}", "{{.UUIDs", "{{}}", "{{if .Range}}", "{{.Range | len}}", "", "  "})
    EXPECT_FALSE(QueryTemplate::parse(text)) << text;
  EXPECT_NE(QueryTemplate::parse("x {{.Nope}}").error().message.find("'{{.Nope}}' is not known"),
            std::string::npos);
}

TEST(QueryTemplate, SaysWhetherItNamesUnits) {
  EXPECT_TRUE(QueryTemplate::parse("{{.UUIDs}}")->names_uuids());
  EXPECT_FALSE(QueryTemplate::parse("up[{{.Range}}]")->names_uuids());
}

}  // namespace
}  // namespace ceems::update
