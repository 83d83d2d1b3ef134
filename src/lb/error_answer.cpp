#include "lb/error_answer.h"

#include "base/text.h"
#include "http/compression.h"
#include "lb/refusal.h"

#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace ceems::lb {

namespace {

constexpr std::size_t kMaxErrorBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxWords = 400;
constexpr std::string_view kTypes[] = {"timeout",  "canceled",    "execution", "bad_data",
                                       "internal", "unavailable", "not_found", "not_acceptable"};

// Codes of https://connectrpc.com/docs/protocol/#error-codes whose words are about the request; those of
// others are about the insides of a server.
constexpr std::string_view kCodes[] = {"invalid_argument", "out_of_range",       "failed_precondition",
                                       "not_found",        "resource_exhausted", "deadline_exceeded",
                                       "canceled",         "unimplemented"};

std::string envelope(int status, std::string_view type, std::string_view message) {
  return std::string(refusal(status, type, message).text());
}

}  // namespace

std::string tame_error(int status, std::string_view body) {
  const std::string unknown = fmt::format("the server behind answered with status {}", status);
  boost::system::error_code broken;
  const boost::json::value value = boost::json::parse({body.data(), body.size()}, broken);
  if (broken || !value.is_object()) return envelope(status, "unavailable", unknown);
  const auto text = [&value](std::string_view key) -> std::string_view {
    const boost::json::value* found = value.as_object().if_contains({key.data(), key.size()});
    if (found == nullptr || !found->is_string()) return {};
    return {found->as_string().data(), found->as_string().size()};
  };
  std::string_view type = text("errorType");
  std::string_view words = text("error");
  const bool connect = std::ranges::find(kTypes, type) == std::end(kTypes);
  if (connect) {
    type = text("code");
    words = text("message");
    if (std::ranges::find(kCodes, type) == std::end(kCodes)) return envelope(status, "unavailable", unknown);
  }
  // A brace begins a label set, a quote a value.
  const std::size_t end = std::min(words.find_first_of("{\"'`["), kMaxWords);
  const bool cut = end < words.size();
  words = base::trim(words.substr(0, end));
  const std::string told = envelope(status, type, cut ? std::string(words) + " …" : std::string(words));
  return connect ? with_connect_error(status, told, type) : told;
}

http::BodyRewriter tame_errors(int status, std::optional<std::string_view> coding) {
  const bool gzip = coding && base::to_lower(*coding) == "gzip";
  const bool plain = !coding || base::to_lower(*coding) == "identity";
  auto collected = std::make_shared<std::string>();
  return [=](std::string_view piece, bool last, std::string& out) -> base::Status {
    if (collected->size() + piece.size() <= kMaxErrorBytes) *collected += piece;
    if (!last) return {};
    std::string text = plain ? std::move(*collected) : std::string();
    if (gzip) {
      if (auto decoded = http::gunzip(*collected, kMaxErrorBytes)) text = *std::move(decoded);
    }
    out += tame_error(status, text);
    return {};
  };
}

}  // namespace ceems::lb
