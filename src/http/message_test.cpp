#include "http/message.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

TEST(Fields, CompareNamesWithoutCase) {
  Fields fields;
  fields.add("Accept", "a");
  fields.add("ACCEPT", "b");
  EXPECT_EQ(fields.find("accept"), "a");
  EXPECT_EQ(fields.count("Accept"), 2U);
  fields.set("accept", "c");
  EXPECT_EQ(fields.count("Accept"), 1U);
  fields.remove("aCCEPT");
  EXPECT_FALSE(fields.find("Accept"));
}

TEST(Request, SplitsItsTarget) {
  Request request;
  request.target = "/a%20b?c=d?e";
  EXPECT_EQ(request.path(), "/a%20b");
  EXPECT_EQ(request.query(), "c=d?e");
  request.target = "/a";
  EXPECT_EQ(request.query(), "");
}

TEST(Form, DecodesNamesAndValues) {
  const auto form = parse_form("a=1&b+c=%C3%A4%26&&flag&empty=&a=2");
  ASSERT_TRUE(form);
  ASSERT_EQ(form->size(), 5U);
  EXPECT_EQ((*form)[1].name, "b c");
  EXPECT_EQ((*form)[1].value, "\xc3\xa4&");
  EXPECT_EQ((*form)[2].name, "flag");
  EXPECT_EQ((*form)[2].value, "");
  EXPECT_EQ((*form)[4].value, "2");
}

TEST(Form, RefusesBrokenEscapes) {
  for (const char* broken : {"a=%", "a=%4", "a=%4g", "%zz=1"})
    EXPECT_FALSE(parse_form(broken)) << broken;
}

TEST(Form, SurvivesARoundTrip) {
  const std::vector<Parameter> parameters = {{"query", "a{b=\"c d\"}+1&%"}, {"\xc3\xa4", ""}};
  const auto back = parse_form(encode_form(parameters));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), 2U);
  EXPECT_EQ((*back)[0].value, parameters[0].value);
  EXPECT_EQ((*back)[1].name, parameters[1].name);
}

TEST(PercentCoding, LeavesBrokenEscapesAlone) {
  EXPECT_EQ(percent_decode("%41%4%zz%"), "A%4%zz%");
  EXPECT_EQ(percent_encode("aZ0-._~/ \xff"), "aZ0-._~%2F%20%FF");
}

TEST(Url, IsTakenApart) {
  const auto url = parse_url("HTTPS://us%3Aer:p%40ss@Host.example:8443/a/b?c=d#frag");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "Host.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/a/b?c=d");
  EXPECT_EQ(url->user, "us:er");
  EXPECT_EQ(url->password, "p@ss");
  EXPECT_EQ(url->redacted(), "https://us:er:xxxxx@Host.example:8443/a/b?c=d");
}

TEST(Url, HasADefaultPortAndPath) {
  const auto url = parse_url("http://h?q");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->path, "/?q");
  EXPECT_EQ(url->redacted(), "http://h/?q");
  EXPECT_EQ(parse_url("https://h")->port, 443);
}

TEST(Url, PutsIpv6InBrackets) {
  const auto url = parse_url("http://[::1]:9090/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:9090");
}

TEST(Url, NamesAUnixSocketAndAPath) {
  const auto url = parse_url("unix:/run/a.sock:/v1/x?y");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "/run/a.sock");
  EXPECT_EQ(url->path, "/v1/x?y");
  EXPECT_EQ(parse_url("unix:///run/a.sock")->host, "/run/a.sock");
  EXPECT_EQ(parse_url("unix:/run/a.sock")->path, "/");
}

TEST(Url, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "host",
                           "host:1",
                           "http:",
                           "http:/a",
                           "http://",
                           "http:///a",
                           "http://:80",
                           "ftp://h",
                           "http://h:0",
                           "http://h:65536",
                           "http://h:x",
                           "http://[::1",
                           "http://[::1]x",
                           "http://[[::1]",
                           "http://[h]",
                           "http://h[",
                           "http://a b/",
                           "http://h/\r\nX: y",
                           "unix:",
                           "unix:relative",
                           "javascript:alert(1)"})
    EXPECT_FALSE(parse_url(text)) << text;
}

}  // namespace
}  // namespace ceems::http
