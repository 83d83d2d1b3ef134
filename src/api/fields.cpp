#include "api/fields.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::api {

namespace {

template <class Fields, class Find>
base::Result<Fields> read_fields(const std::vector<std::string>& names, Find find) {
  Fields fields;
  if (names.empty()) return fields.set();
  for (const std::string& name : names) {
    if (const auto field = find(base::trim(name))) fields.set(store::index(*field));
  }
  if (fields.none()) return base::fail(base::ErrorCode::kInvalid, "", "invalid query fields");
  return fields;
}

}  // namespace

base::Result<store::UnitFields> read_unit_fields(const std::vector<std::string>& names) {
  return read_fields<store::UnitFields>(names, store::find_unit_field);
}

base::Result<store::UsageFields> read_usage_fields(const std::vector<std::string>& names) {
  return read_fields<store::UsageFields>(names, store::find_usage_field);
}

base::Result<std::vector<store::UsageField>> read_group_by(const std::vector<std::string>& names) {
  using enum store::UsageField;
  std::vector<store::UsageField> result;
  for (const std::string& name : names) {
    const auto field = store::find_usage_field(base::trim(name));
    if (field == kUsername || field == kProject) continue;
    if (field != kClusterId && field != kResourceManager && field != kGroupname)
      return base::fail(base::ErrorCode::kInvalid, "", "invalid query fields");
    if (std::ranges::find(result, *field) == result.end()) result.push_back(*field);
  }
  std::ranges::sort(result);
  return result;
}

}  // namespace ceems::api
