#include "lb/request.h"

#include "lb/front.h"

namespace ceems::lb {

std::optional<std::string> only_value(const http::Request& request, std::string_view name) {
  if (request.fields.count(name) != 1) return std::nullopt;
  const auto value = request.fields.find(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

http::Fields fields_of_user(const http::Request& request, const Asked& asked) {
  http::Fields fields;
  for (const char* const name : {"Accept", "Accept-Encoding"}) {
    if (const auto value = request.fields.find(name)) fields.add(name, std::string(*value));
  }
  fields.add(kClusterField, asked.cluster_id);
  fields.add(kUserField, asked.user);
  fields.add(kLoggedUserField, asked.user);
  return fields;
}

http::Fields passed_fields(const http::Request& request, const Asked& asked) {
  http::Fields fields = request.fields;
  fields.remove(kAdminUserField);
  fields.remove(kLoggedUserField);
  if (!asked.user.empty()) fields.add(kLoggedUserField, asked.user);
  return fields;
}

}  // namespace ceems::lb
