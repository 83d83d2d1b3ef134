#include "tsdb/json_answer.h"

#include <cstddef>

namespace ceems::tsdb {

namespace {

constexpr std::size_t kMaxShownError = 300;

}  // namespace

std::unexpected<base::Error> invalid_answer(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "", "{}", what);
}

base::Result<const json::value*> parse_answer(std::string_view body, json::value& tree) {
  CEEMS_TRY(tree, json::parse(body, "", tree.storage()));
  const auto status = json::find_text(tree, "status");
  if (!status) return invalid_answer("the answer has no status");
  if (*status != "success") {
    const std::string_view reason = json::find_text(tree, "error").value_or("no reason given");
    return base::fail(base::ErrorCode::kInvalid, "", "the server refused: {}",
                      reason.substr(0, kMaxShownError));
  }
  const json::value* data = json::member(tree, "data");
  if (data == nullptr) return invalid_answer("the answer has no data");
  return data;
}

}  // namespace ceems::tsdb
