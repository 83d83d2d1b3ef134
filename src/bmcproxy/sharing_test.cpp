#include "bmcproxy/sessions.h"
#include "bmcproxy/shared_answers.h"
#include "bmcproxy/turnstile.h"

#include <gtest/gtest.h>

namespace ceems::bmcproxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Step = Turnstile::Step;

const Turnstile::Clock::time_point kBegin{};

http::Response login_answer(const std::string& token, const std::string& path) {
  http::Response answer = http::text_response(201, "{}");
  answer.fields.set("X-Auth-Token", token);
  answer.fields.set("Location", path);
  return answer;
}

TEST(TurnstileTest, LetsFewThroughInOrder) {
  Turnstile turnstile({.concurrent = 2, .spacing = milliseconds(0)});
  const auto a = turnstile.queue(kBegin);
  const auto b = turnstile.queue(kBegin);
  const auto c = turnstile.queue(kBegin);
  EXPECT_EQ(turnstile.next(b, kBegin).step, Step::kWait) << "it is not first";
  EXPECT_EQ(turnstile.next(a, kBegin).step, Step::kGo);
  EXPECT_TRUE(b->bell->rung());
  EXPECT_EQ(turnstile.next(b, kBegin).step, Step::kGo);
  EXPECT_EQ(turnstile.next(c, kBegin).step, Step::kWait);
  EXPECT_EQ(turnstile.in_flight(), 2U);
  turnstile.leave();
  EXPECT_TRUE(c->bell->rung());
  EXPECT_EQ(turnstile.next(c, kBegin).step, Step::kGo);
}

TEST(TurnstileTest, KeepsAPauseBetweenRequests) {
  Turnstile turnstile({.concurrent = 2, .spacing = milliseconds(50)});
  const auto a = turnstile.queue(kBegin);
  const auto b = turnstile.queue(kBegin);
  EXPECT_EQ(turnstile.next(a, kBegin).step, Step::kGo);
  const auto next = turnstile.next(b, kBegin);
  EXPECT_EQ(next.step, Step::kWait);
  EXPECT_EQ(next.until, kBegin + milliseconds(50));
  EXPECT_FALSE(b->bell->rung()) << "or it would not wait";
  EXPECT_EQ(turnstile.next(b, kBegin + milliseconds(50)).step, Step::kGo);
}

TEST(TurnstileTest, GivesUpInTimeAndMakesRoom) {
  Turnstile turnstile({.concurrent = 1, .waiting = 2, .spacing = milliseconds(0), .patience = seconds(8)});
  ASSERT_EQ(turnstile.next(turnstile.queue(kBegin), kBegin).step, Step::kGo);
  const auto a = turnstile.queue(kBegin);
  const auto b = turnstile.queue(kBegin + seconds(1));
  EXPECT_EQ(turnstile.queue(kBegin), nullptr) << "too many";
  EXPECT_EQ(turnstile.next(a, kBegin + seconds(8)).step, Step::kGiveUp);
  EXPECT_TRUE(b->bell->rung());
  EXPECT_EQ(turnstile.waiting(), 1U);
}

TEST(SharedAnswersTest, ServesAllWhoAskTheSame) {
  SharedAnswers answers(seconds(2));
  const auto first = answers.find("k", kBegin);
  EXPECT_TRUE(first.mine);
  const auto second = answers.find("k", kBegin);
  EXPECT_FALSE(second.mine);
  answers.arrived("k", *first.answer, http::text_response(200, "x"), true, kBegin);
  EXPECT_TRUE(second.answer->done->rung());
  EXPECT_EQ(second.answer->response.text(), "x");
  EXPECT_FALSE(answers.find("k", kBegin + seconds(1)).mine);
  EXPECT_TRUE(answers.find("k", kBegin + seconds(2)).mine) << "no longer than it is fresh";
}

TEST(SharedAnswersTest, KeepsNoFailureForOthers) {
  SharedAnswers answers(seconds(2));
  const auto first = answers.find("k", kBegin);
  answers.arrived("k", *first.answer, http::text_response(504, ""), false, kBegin);
  EXPECT_TRUE(answers.find("k", kBegin).mine);
}

TEST(SharedAnswersTest, LetsThoseWhoWaitAskWhenTheFirstWentAway) {
  SharedAnswers answers(seconds(2));
  const auto first = answers.find("k", kBegin);
  const auto second = answers.find("k", kBegin);
  answers.abandon("k", *first.answer);
  EXPECT_TRUE(second.answer->done->rung());
  EXPECT_EQ(second.answer->state, SharedAnswer::State::kAbandoned);
  EXPECT_TRUE(answers.find("k", kBegin).mine);
}

TEST(SessionsTest, IsSharedByTheSameLogin) {
  Sessions sessions;
  sessions.began("t", "me", login_answer("s1", "https://bmc/redfish/v1/Sessions/7"), kBegin);
  EXPECT_EQ(sessions.join("t", "me", kBegin)->fields.find("X-Auth-Token"), "s1");
  EXPECT_FALSE(sessions.join("t", "you", kBegin));
  EXPECT_FALSE(sessions.join("other", "me", kBegin));
}

TEST(SessionsTest, EndsWithTheLastOfItsClients) {
  Sessions sessions;
  sessions.began("t", "me", login_answer("s1", "/redfish/v1/Sessions/7/"), kBegin);
  sessions.join("t", "me", kBegin);
  EXPECT_FALSE(sessions.leave("t", "other", "/redfish/v1/Sessions/7")) << "not by a stranger's word";
  EXPECT_TRUE(sessions.leave("t", "s1", "/redfish/v1/Sessions/7"));
  EXPECT_FALSE(sessions.leave("t", "s1", "/redfish/v1/Sessions/7"));
  EXPECT_FALSE(sessions.join("t", "me", kBegin));
}

TEST(SessionsTest, IsNotSharedOnceTheBmcForgotIt) {
  Sessions sessions;
  sessions.began("t", "me", login_answer("s1", "/redfish/v1/Sessions/7"), kBegin);
  sessions.refused("t", "s1");
  EXPECT_FALSE(sessions.join("t", "me", kBegin));
}

TEST(SessionsTest, IsSharedOnlyWhileItIsSeenAlive) {
  Sessions sessions;
  sessions.began("t", "me", login_answer("s1", "/redfish/v1/Sessions/7"), kBegin);
  auto now = kBegin + seconds(50);
  sessions.accepted("t", "s1", now);
  EXPECT_TRUE(sessions.join("t", "me", kBegin + seconds(100)));
  EXPECT_FALSE(sessions.join("t", "me", kBegin + seconds(200)));
}

TEST(SessionsTest, HasToShowThePasswordAgainAfterAnHour) {
  Sessions sessions;
  sessions.began("t", "me", login_answer("s1", "/redfish/v1/Sessions/7"), kBegin);
  const auto later = kBegin + std::chrono::minutes(61);
  sessions.accepted("t", "s1", later);
  EXPECT_FALSE(sessions.join("t", "me", later));
}

TEST(SessionsTest, IsNoneWithoutATokenOrAPlace) {
  Sessions sessions;
  sessions.began("t", "me", login_answer("s1", "/elsewhere"), kBegin);
  sessions.began("t", "me", http::text_response(201, "{}"), kBegin);
  sessions.began("t", "me", http::text_response(401, "{}"), kBegin);
  EXPECT_EQ(sessions.count(), 0U);
}

}  // namespace
}  // namespace ceems::bmcproxy
