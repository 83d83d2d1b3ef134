// Whatever a user sends to a server of profiles: no crash, messages read the same in both forms, and what is
// sent on is understood when it is guarded again.
#include "access/claims.h"
#include "base/check.h"
#include "lb/api_json.h"
#include "lb/api_protobuf.h"
#include "lb/profile_types.h"
#include "lb/pyroscope_guard.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace ceems;
using lb::MessageForm;

// Unit 1 is everybody's.
class OneUnit final : public access::Claims {
 public:
  base::Result<bool> is_admin(const std::string& /*user*/) override { return false; }
  base::Result<std::vector<access::Claim>> of_ids(const std::string& /*user*/, const std::string& /*cluster*/,
                                                  const std::vector<std::string>& uuids) override {
    std::vector<access::Claim> claims;
    for (const std::string& uuid : uuids)
      claims.push_back({.uuid = uuid, .owned = uuid == "1", .foreign = {}});
    return claims;
  }
  base::Result<access::ClaimList> in_window(const std::string& /*user*/, const std::string& /*cluster*/,
                                            const store::TimeRange& /*window*/,
                                            std::size_t /*limit*/) override {
    return std::make_shared<const std::vector<access::Claim>>(
        std::vector<access::Claim>{{.uuid = "1", .owned = true, .foreign = {}}});
  }
};

base::Result<lb::PyroscopeRequest> guard_call(const lb::PyroscopeRoute& route, MessageForm form,
                                              const std::string& body) {
  http::Request request;
  request.method = "POST";
  request.target = route.path;
  request.body = body;
  request.fields.add("Content-Type", std::string(lb::content_type(form)));
  OneUnit claims;
  const access::GuardOptions options;
  const std::vector<std::string> clusters{"hpc"};
  const access::Reader reader{
      .user = "ann", .cluster_id = "hpc", .clusters = clusters, .neighbours = clusters};
  return lb::guard_pyroscope(route, request, access::Guard(claims, options, reader), 1'700'000'000'000);
}

// The last bit of a fraction may be read otherwise from decimals.
bool has_fraction(const lb::Message& message) {
  return std::ranges::any_of(message.values, [](const lb::Value& value) {
    if (const auto* number = std::get_if<double>(&value.value)) return *number != std::trunc(*number);
    const auto* inner = std::get_if<std::vector<lb::Message>>(&value.value);
    return inner != nullptr && std::ranges::any_of(*inner, has_fraction);
  });
}

// Written and read in either form, it stays what it is.
void check_forms(const lb::Message& message) {
  const std::string wire = lb::write_protobuf(message);
  const std::string json = lb::write_json(message);
  const auto from_wire = lb::read_protobuf(*message.type, wire);
  const auto from_json = lb::read_json(*message.type, json);
  CEEMS_CHECK(from_wire && from_json);
  if (has_fraction(message)) return;
  CEEMS_CHECK(lb::write_protobuf(*from_json) == wire && lb::write_json(*from_wire) == json);
}

}  // namespace

// The first byte chooses the method, the second the form of the message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto method = static_cast<lb::PyroscopeMethod>(data[0] % 10);
  const MessageForm form = data[1] % 2 == 0 ? MessageForm::kProtobuf : MessageForm::kJson;
  const std::string body(reinterpret_cast<const char*>(data) + 2, size - 2);
  (void)lb::list_profile_types(form, body);
  const lb::MessageType& type = lb::pyroscope_request(method);
  const auto message = form == MessageForm::kJson ? lb::read_json(type, body) : lb::read_protobuf(type, body);
  if (message) check_forms(*message);
  const lb::PyroscopeRoute route{method, std::string(lb::pyroscope_path(method))};
  const auto guarded = guard_call(route, form, body);
  CEEMS_CHECK(!guarded || message);
  if (!guarded) return 0;
  const auto once_more = lb::find_pyroscope_route("POST", guarded->target);
  CEEMS_CHECK(once_more && guard_call(*once_more, guarded->form, guarded->body));
  return 0;
}
