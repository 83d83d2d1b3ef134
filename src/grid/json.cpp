#include "grid/json.h"

#include "base/text.h"
#include "grid/emission_factor.h"

#include <algorithm>
#include <cmath>

#include <boost/system/error_code.hpp>

namespace ceems::grid {

namespace json = boost::json;

base::Result<json::value> parse_json(std::string_view text) {
  if (base::trim(text).starts_with('<')) return another_shape("a web page and not JSON");
  json::parse_options options;
  options.max_depth = 16;
  boost::system::error_code failed;
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed) return another_shape("no JSON");
  return value;
}

const json::value* member(const json::value& value, std::string_view name) {
  const json::object* const object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(json::string_view(name.data(), name.size()));
}

std::optional<std::string_view> text_member(const json::value& value, std::string_view name) {
  const json::value* const found = member(value, name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string_view(found->get_string().data(), found->get_string().size());
}

std::optional<double> number_member(const json::value& value, std::string_view name) {
  const json::value* const found = member(value, name);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->to_number<double>();
}

std::optional<bool> bool_member(const json::value& value, std::string_view name) {
  const json::value* const found = member(value, name);
  if (found == nullptr || !found->is_bool()) return std::nullopt;
  return found->get_bool();
}

std::unexpected<base::Error> another_shape(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "", "the answer has another shape: {}", what);
}

base::Result<double> plausible_grams(double grams) {
  if (std::isfinite(grams) && grams >= 0 && grams <= kMostGramsPerKwh) return grams;
  return base::fail(base::ErrorCode::kInvalid, "", "{} g/kWh is no emission factor", grams);
}

std::string error_text(std::string_view body) {
  constexpr std::size_t kMost = 200;
  const auto value = parse_json(body);
  if (!value) return {};
  for (const std::string_view name : {"message", "error", "detail"}) {
    const auto text = text_member(*value, name);
    if (!text || text->empty() || !base::is_valid_utf8(*text)) continue;
    std::size_t size = std::min(text->size(), kMost);
    while (size > 0 && !base::is_valid_utf8(text->substr(0, size)))
      --size;
    return std::string(text->substr(0, size));
  }
  return {};
}

}  // namespace ceems::grid
