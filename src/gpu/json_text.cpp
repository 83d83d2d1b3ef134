#include "gpu/json_text.h"

#include "base/text.h"
#include "json/read.h"

#include <limits>

#include <boost/json/stream_parser.hpp>

namespace ceems::gpu {

namespace {

// Warnings may have brackets too; so many are tried.
constexpr int kMostAttempts = 16;
constexpr std::size_t kDeepest = 32;

std::optional<boost::json::value> parse_at_start(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  parser.write_some(text.data(), text.size(), error);
  if (error || !parser.done()) return std::nullopt;
  return parser.release();
}

}  // namespace

std::optional<boost::json::value> find_json(std::string_view text) {
  try {
    std::size_t at = text.find_first_of("[{");
    for (int attempt = 0; attempt < kMostAttempts && at != std::string_view::npos; ++attempt) {
      auto value = parse_at_start(text.substr(at));
      // "[WARNING]" is no JSON, and "[]" in a warning is nothing to go by.
      const bool says_something = value && ((value->is_array() && !value->get_array().empty()) ||
                                            (value->is_object() && !value->get_object().empty()));
      if (says_something) return value;
      at = text.find_first_of("[{", at + 1);
    }
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return std::nullopt;
}

const boost::json::value* member(const boost::json::value* value, std::string_view key) {
  return value == nullptr ? nullptr : json::member(*value, key);
}

std::string text_member(const boost::json::value* value, std::string_view key) {
  if (value == nullptr) return "";
  const std::string said = json::loose_text_member(*value, key);
  const std::string_view text = base::trim(said);
  return base::equals_ignoring_case(text, "N/A") || !base::is_valid_utf8(text) ? "" : std::string(text);
}

std::optional<std::uint32_t> number_member(const boost::json::value* value, std::string_view key) {
  const auto parsed = base::parse_u64(text_member(value, key));
  if (!parsed || *parsed > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*parsed);
}

}  // namespace ceems::gpu
