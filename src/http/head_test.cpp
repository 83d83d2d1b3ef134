#include "http/head.h"

#include "http/write_head.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace ceems::http {
namespace {

using namespace std::string_view_literals;

struct HostileHead {
  const char* name;
  std::string_view head;
  int status;
};

std::ostream& operator<<(std::ostream& out, const HostileHead& head) {
  return out << head.name;
}

struct HostileRequestHeads : ::testing::TestWithParam<HostileHead> {};

TEST_P(HostileRequestHeads, AreRefused) {
  const auto parsed = parse_request_head(GetParam().head);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().status, GetParam().status) << parsed.error().reason;
}

INSTANTIATE_TEST_SUITE_P(
    Table, HostileRequestHeads,
    ::testing::Values(
        HostileHead{"empty", "", 400}, HostileHead{"only_end", "\r\n\r\n", 400},
        HostileHead{"leading_empty_line", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"bare_line_feed", "GET / HTTP/1.1\nHost: x\n\n", 400},
        HostileHead{"bare_line_feed_in_field", "GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400},
        HostileHead{"bare_carriage_return", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400},
        HostileHead{"folded_line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
        HostileHead{"folded_by_tab", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n", 400},
        HostileHead{"blank_before_colon", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n", 400},
        HostileHead{"blank_before_first_name", "GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
        HostileHead{"no_colon", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length\r\n\r\n", 400},
        HostileHead{"empty_name", "GET / HTTP/1.1\r\nHost: x\r\n: v\r\n\r\n", 400},
        HostileHead{"name_with_bracket", "GET / HTTP/1.1\r\nHost: x\r\nA[]: v\r\n\r\n", 400},
        HostileHead{"name_beyond_ascii", "GET / HTTP/1.1\r\nHost: x\r\nN\xc3\xa4me: v\r\n\r\n", 400},
        HostileHead{"nul_in_value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n"sv, 400},
        HostileHead{"nul_in_target", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"sv, 400},
        HostileHead{"control_in_value", "GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n", 400},
        HostileHead{"delete_in_value", "GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n", 400},
        HostileHead{"text_after_end", "GET / HTTP/1.1\r\nHost: x\r\n\r\nmore", 400},
        HostileHead{"no_end", "GET / HTTP/1.1\r\nHost: x\r\n", 400},
        HostileHead{"two_blanks_after_method", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"blank_in_target", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"tab_in_request_line", "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"blank_at_end_of_line", "GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
        HostileHead{"no_version", "GET /\r\nHost: x\r\n\r\n", 400},
        HostileHead{"method_with_colon", "GE:T / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"fragment", "GET /#a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"target_beyond_ascii", "GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"target_without_slash", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"asterisk_for_get", "GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"authority_form", "CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 400},
        HostileHead{"foreign_scheme", "GET ftp://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"absolute_without_host", "GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"absolute_with_userinfo", "GET http://a@b/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"missing_host", "GET / HTTP/1.1\r\n\r\n", 400},
        HostileHead{"two_hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
        HostileHead{"host_with_path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
        HostileHead{"host_with_userinfo", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400},
        HostileHead{"http_2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        HostileHead{"http_1_2", "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
        HostileHead{"http_0_9", "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505},
        HostileHead{"lower_case_version", "GET / http/1.1\r\nHost: x\r\n\r\n", 400},
        HostileHead{"long_version", "GET / HTTP/1.11\r\nHost: x\r\n\r\n", 400},
        HostileHead{"http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400}),
    [](const auto& test) { return test.param.name; });

TEST(RequestHead, SplitsLineAndFields) {
  const auto head = parse_request_head("POST /a?b=c HTTP/1.1\r\nHost: x:1\r\nA:  v w\t\r\nEmpty:\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->target, "/a?b=c");
  EXPECT_EQ(head->minor_version, 1);
  ASSERT_EQ(head->fields.entries().size(), 3U);
  EXPECT_EQ(head->fields.find("a"), "v w");
  EXPECT_EQ(head->fields.find("EMPTY"), "");
}

TEST(RequestHead, NeedsNoHostInHttp10) {
  const auto head = parse_request_head("GET / HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->minor_version, 0);
}

TEST(RequestHead, KeepsBytesBeyondAsciiInValues) {
  const auto head = parse_request_head("GET / HTTP/1.1\r\nHost: x\r\nName: J\xc3\xa9r\xc3\xb4me\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->fields.find("Name"), "J\xc3\xa9r\xc3\xb4me");
}

TEST(RequestHead, ReducesAbsoluteForm) {
  const auto head = parse_request_head("GET HTTP://real:8080?q HTTP/1.1\r\nHost: claimed\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->target, "/?q");
  EXPECT_EQ(head->fields.find("Host"), "real:8080");
}

TEST(RequestHead, TakesAsteriskForOptions) {
  EXPECT_TRUE(parse_request_head("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST(RequestHead, BoundsTheNumberOfFields) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 1; i < kMaxFields; ++i)
    head += "A: b\r\n";
  EXPECT_TRUE(parse_request_head(head + "\r\n"));
  const auto refused = parse_request_head(head + "A: b\r\n\r\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().status, 431);
}

TEST(HeadEnd, IsFoundWhereverReadsAreCut) {
  const std::string_view bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\nrest";
  for (std::size_t checked = 0; checked < bytes.size() - 5; ++checked) {
    const auto before = find_head_end(bytes.substr(0, checked), 0);
    ASSERT_TRUE(before);
    EXPECT_EQ(*before, 0U);
    const auto end = find_head_end(bytes, checked);
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, bytes.size() - 4) << checked;
  }
}

TEST(HeadEnd, RefusesBareLineFeedWithoutWaiting) {
  EXPECT_FALSE(find_head_end("GET / HTTP/1.1\n", 0));
}

struct HostileResponseHeads : ::testing::TestWithParam<HostileHead> {};

TEST_P(HostileResponseHeads, AreRefused) {
  EXPECT_FALSE(parse_response_head(GetParam().head));
}

INSTANTIATE_TEST_SUITE_P(Table, HostileResponseHeads,
                         ::testing::Values(HostileHead{"no_status", "HTTP/1.1 \r\n\r\n", 0},
                                           HostileHead{"short_status", "HTTP/1.1 20\r\n\r\n", 0},
                                           HostileHead{"long_status", "HTTP/1.1 2000\r\n\r\n", 0},
                                           HostileHead{"signed_status", "HTTP/1.1 +20 OK\r\n\r\n", 0},
                                           HostileHead{"status_below_100", "HTTP/1.1 099 X\r\n\r\n", 0},
                                           HostileHead{"other_protocol", "ICY 200 OK\r\n\r\n", 0},
                                           HostileHead{"control_in_reason", "HTTP/1.1 200 O\x01K\r\n\r\n", 0},
                                           HostileHead{"folded", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 0}),
                         [](const auto& test) { return test.param.name; });

TEST(ResponseHead, NeedsNoReason) {
  for (const std::string_view text :
       {"HTTP/1.1 204\r\n\r\n", "HTTP/1.1 204 \r\n\r\n", "HTTP/1.1 204 No\r\n\r\n"}) {
    const auto head = parse_response_head(text);
    ASSERT_TRUE(head) << text;
    EXPECT_EQ(head->status, 204);
  }
}

TEST(Tokens, AreFoundInListsIgnoringCase) {
  Fields fields;
  fields.add("Connection", "x, Close ,y");
  fields.add("connection", "keep-alive");
  EXPECT_TRUE(has_token(fields, "Connection", "close"));
  EXPECT_TRUE(has_token(fields, "Connection", "Keep-Alive"));
  EXPECT_FALSE(has_token(fields, "Connection", "clos"));
}

TEST(KeepAlive, FollowsVersionAndField) {
  Fields none;
  Fields close;
  close.add("Connection", "close");
  Fields keep;
  keep.add("Connection", "keep-alive");
  EXPECT_TRUE(keeps_alive(none, 1));
  EXPECT_FALSE(keeps_alive(none, 0));
  EXPECT_FALSE(keeps_alive(close, 1));
  EXPECT_TRUE(keeps_alive(keep, 0));
}

TEST(WriteHead, LetsNobodySmuggleALine) {
  Fields fields;
  fields.add("X", "a\r\nSet-Cookie: b");
  fields.add("Bad Name", "x");
  fields.add("Content-Length", "999");
  std::string out;
  append_response_head(out, 200, fields, {.body = BodyKind::kLength, .length = 2, .date = "now"});
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b\r\nDate: now\r\nContent-Length: 2\r\n\r\n");
}

TEST(WriteHead, NamesTheLengthWhereABodyIsExpected) {
  std::string post;
  append_request_head(post, "POST", "/a", {}, 0);
  EXPECT_EQ(post, "POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  std::string get;
  append_request_head(get, "GET", "/a", {}, 0);
  EXPECT_EQ(get, "GET /a HTTP/1.1\r\n\r\n");
}

TEST(HttpDate, IsImfFixdate) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace ceems::http
