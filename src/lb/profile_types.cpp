#include "lb/profile_types.h"

#include "base/text.h"
#include "lb/api_json.h"
#include "lb/api_protobuf.h"
#include "lb/pyroscope_api.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace ceems::lb {

namespace {

constexpr std::size_t kMaxAnswerBytes = std::size_t{1} << 20;

// name:sample type:sample unit:period type:period unit, and ":delta" for some.
std::optional<Message> profile_type(const std::string& id) {
  const auto parts = base::split(id, ':');
  if (parts.size() != 5 && parts.size() != 6) return std::nullopt;
  Message type{.type = &profile_type_message()};
  set_text(type, "ID", id);
  set_text(type, "name", std::string(parts[0]));
  set_text(type, "sample_type", std::string(parts[1]));
  set_text(type, "sample_unit", std::string(parts[2]));
  set_text(type, "period_type", std::string(parts[3]));
  set_text(type, "period_unit", std::string(parts[4]));
  return type;
}

}  // namespace

base::Result<std::string> list_profile_types(MessageForm form, std::string_view values) {
  const bool json = form == MessageForm::kJson;
  CEEMS_TRY(const Message read, json ? read_json(label_values_response(), values)
                                     : read_protobuf(label_values_response(), values));
  Message list{.type = &profile_types_response()};
  for (const std::string& id : texts_of(read, "names"))
    if (auto type = profile_type(id)) add_message(list, "profile_types", *std::move(type));
  return json ? write_json(list) : write_protobuf(list);
}

base::Status rewrite_profile_types(MessageForm form, http::ForwardedHead& head) {
  if (const auto coding = head.fields.find("Content-Encoding");
      coding && base::to_lower(*coding) != "identity")
    return base::fail(base::ErrorCode::kInvalid, "", "answered with a coding that was not asked for");
  auto collected = std::make_shared<std::string>();
  head.rewriter = [form, collected](std::string_view piece, bool last, std::string& out) -> base::Status {
    if (collected->size() + piece.size() > kMaxAnswerBytes)
      return base::fail(base::ErrorCode::kTooLarge, "", "answered with too many profile types");
    *collected += piece;
    if (!last) return {};
    CEEMS_TRY(const std::string list, list_profile_types(form, *collected));
    out += list;
    return {};
  };
  return {};
}

}  // namespace ceems::lb
