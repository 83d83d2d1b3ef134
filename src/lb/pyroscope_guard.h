// What becomes of a user's request to a Pyroscope server: read, narrowed to the profiles of the user's units,
// and written anew from what was understood of it.
#pragma once

#include "access/guard.h"
#include "base/result.h"
#include "http/message.h"
#include "lb/pyroscope_api.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::lb {

// How messages go over the wire. An answer comes as its request went.
enum class MessageForm : std::uint8_t { kProtobuf, kJson };
std::string_view content_type(MessageForm form);  // "application/proto", "application/json"

// Of a body, decompressed. What is asked takes a few hundred bytes, and names of units.
inline constexpr std::size_t kMaxPyroscopeBody = std::size_t{1} << 20;

struct PyroscopeRequest {
  MessageForm form = MessageForm::kProtobuf;
  std::string target;
  std::string body;  // a message in that form
  // The answer lists values of a label, and is to become a list of profile types (see profile_types.h):
  // servers list the types of everybody's profiles.
  bool lists_types = false;
  std::string readable;  // the body as JSON, for the audit log
};

// The body must be decompressed. Selectors are narrowed by service_name, which holds the id of a unit, for
// all profiles that the server reads for them; lists of labels without times are pinned to the hour before
// `now_ms` (UTC milliseconds). kInvalid (content type, message, selector, times), kPermission, and what
// access::Guard returns.
base::Result<PyroscopeRequest> guard_pyroscope(const PyroscopeRoute& route, const http::Request& request,
                                               const access::Guard& guard, std::int64_t now_ms);

// What a body asks for, as JSON; nothing if that is not understood.
std::optional<std::string> readable_message(const PyroscopeRoute& route, const http::Request& request);

}  // namespace ceems::lb
