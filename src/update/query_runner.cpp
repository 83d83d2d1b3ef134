#include "update/query_runner.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <utility>

namespace ceems::update {

namespace {

constexpr std::size_t kAtOnce = 6;
constexpr int kGiveUpAfter = 8;

Answer ask(tsdb::Client& client, const Question& question) {
  CEEMS_TRY(const std::vector<tsdb::Sample> samples,
            client.query(question.promql, question.time, question.lookback));
  std::unordered_map<std::string, double> values;
  for (const tsdb::Sample& sample : samples)
    if (const std::string_view uuid = sample.label("uuid"); !uuid.empty())
      values.insert_or_assign(std::string(uuid), sample.value);
  return values;
}

}  // namespace

bool is_out_of_service(const base::Error& error) {
  return error.code == base::ErrorCode::kUnavailable || error.code == base::ErrorCode::kTimeout;
}

base::Result<std::vector<Answer>> run_queries(tsdb::Client& client, const std::vector<Question>& questions) {
  std::vector<Answer> answers(questions.size(), base::fail(base::ErrorCode::kUnavailable, "",
                                                           "not asked: the server did not answer "
                                                           "the queries before"));
  std::atomic<std::size_t> next = 0;
  std::atomic<int> unanswered_in_a_row = 0;
  std::atomic<bool> cancelled = false;
  const auto work = [&] {
    for (;;) {
      const std::size_t i = next.fetch_add(1);
      if (i >= questions.size() || cancelled || unanswered_in_a_row >= kGiveUpAfter) return;
      answers[i] = ask(client, questions[i]);
      if (answers[i] || !is_out_of_service(answers[i].error())) {
        unanswered_in_a_row = 0;
      } else {
        ++unanswered_in_a_row;
      }
      if (!answers[i] && answers[i].error().code == base::ErrorCode::kCancelled) cancelled = true;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(kAtOnce, questions.size()); ++i)
      threads.emplace_back(work);
    work();
  }
  if (cancelled) return base::fail(base::ErrorCode::kCancelled, "", "the update was cancelled");
  return answers;
}

}  // namespace ceems::update
