#include "tsdb/json_answer.h"

#include "base/text.h"

#include <string>

#include <boost/system/error_code.hpp>

namespace ceems::tsdb {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxShownError = 300;

}  // namespace

std::unexpected<base::Error> invalid_answer(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "", "{}", what);
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

const json::value* member(const json::value& value, std::string_view name) {
  const json::object* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains({name.data(), name.size()});
}

std::optional<std::string_view> text_member(const json::value& value, std::string_view name) {
  const json::value* found = member(value, name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return view(found->get_string());
}

// The answer as a tree in `storage`, with status "success"; `data` of it.
base::Result<const json::value*> parse_answer(std::string_view body, json::value& tree) {
  if (base::trim(body).starts_with('<')) return invalid_answer("the answer is a web page and not JSON");
  json::parse_options options;
  options.max_depth = kMaxDepth;
  boost::system::error_code error;
  tree = json::parse({body.data(), body.size()}, error, tree.storage(), options);
  if (error)
    return base::fail(base::ErrorCode::kInvalid, "", "the answer is not valid JSON: {}", error.message());
  const auto status = text_member(tree, "status");
  if (!status) return invalid_answer("the answer has no status");
  if (*status != "success") {
    const std::string_view reason = text_member(tree, "error").value_or("no reason given");
    return base::fail(base::ErrorCode::kInvalid, "", "the server refused: {}",
                      reason.substr(0, kMaxShownError));
  }
  const json::value* data = member(tree, "data");
  if (data == nullptr) return invalid_answer("the answer has no data");
  return data;
}

}  // namespace ceems::tsdb
