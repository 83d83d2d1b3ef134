#include "lb/request.h"

#include "base/text.h"
#include "http/compression.h"
#include "lb/front.h"

namespace ceems::lb {

std::optional<std::string> only_value(const http::Request& request, std::string_view name) {
  if (request.fields.count(name) != 1) return std::nullopt;
  const auto value = request.fields.find(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

base::Status decompress_body(http::Request& request, std::size_t limit) {
  constexpr const char* kCoding = "Content-Encoding";
  if (request.fields.count(kCoding) == 0) return {};
  const auto coding = only_value(request, kCoding);
  const std::string name = base::to_lower(coding.value_or(""));
  if (name == "gzip") {
    CEEMS_TRY(request.body, http::gunzip(request.body, limit));
  } else if (name != "identity") {
    return base::fail(base::ErrorCode::kInvalid, kCoding, "gzip and identity are understood");
  }
  request.fields.remove(kCoding);
  return {};
}

http::Fields fields_of_user(const http::Request& request, const Asked& asked) {
  http::Fields fields;
  fields.reserve(8);  // with those of the guarded request
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
