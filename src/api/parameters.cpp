#include "api/parameters.h"

#include "base/text.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace ceems::api {

namespace {

bool is_text(std::string_view value) {
  return value.find('\0') == std::string_view::npos && base::is_valid_utf8(value);
}

}  // namespace

base::Result<Parameters> Parameters::parse(std::string_view query) {
  if (query.size() > kMaxQueryBytes)
    return base::fail(base::ErrorCode::kTooLarge, "", "query longer than {} bytes", kMaxQueryBytes);
  Parameters parameters;
  CEEMS_TRY(parameters.all_, http::parse_form(query));
  for (const http::Parameter& parameter : parameters.all_) {
    if (!is_text(parameter.name) || !is_text(parameter.value))
      return base::fail(base::ErrorCode::kInvalid, "", "a parameter is no text");
  }
  return parameters;
}

std::vector<std::string> Parameters::list(std::string_view name) const {
  std::vector<std::string> values;
  std::unordered_set<std::string_view> seen;
  for (const http::Parameter& parameter : all_) {
    if (parameter.name == name && !parameter.value.empty() && seen.insert(parameter.value).second)
      values.push_back(parameter.value);
  }
  return values;
}

std::string Parameters::first(std::string_view name) const {
  const auto found = std::ranges::find_if(all_, [&](const http::Parameter& parameter) {
    return parameter.name == name && !parameter.value.empty();
  });
  return found == all_.end() ? "" : found->value;
}

bool Parameters::flag(std::string_view name) const {
  const auto found = std::ranges::find(all_, name, &http::Parameter::name);
  if (found == all_.end()) return false;
  const std::string value = base::to_lower(base::trim(found->value));
  return value != "false" && value != "f" && value != "0" && value != "no" && value != "off";
}

base::Result<std::optional<std::int64_t>> Parameters::integer(std::string_view name) const {
  const std::string text = first(name);
  if (text.empty()) return std::nullopt;
  const auto value = base::parse_i64(text);
  if (!value) return base::fail(base::ErrorCode::kInvalid, name, "not a whole number");
  return value;
}

}  // namespace ceems::api
