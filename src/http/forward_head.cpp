#include "http/forward_head.h"

#include "base/text.h"
#include "http/head.h"
#include "http/upstream_state.h"
#include "http/write_head.h"

#include <vector>

namespace ceems::http {

namespace {

constexpr std::string_view kForwardedFor = "X-Forwarded-For";

bool same_name(std::string_view a, std::string_view b) {
  return base::equals_ignoring_case(a, b);
}

// Fields that this side decides.
bool is_replaced(std::string_view name, const UpstreamState& upstream) {
  switch (name.size()) {
    case 4:
      return same_name(name, "Host");
    case 6:
      return same_name(name, "Expect");
    case 10:
      return upstream.options.user_agent && same_name(name, "User-Agent");
    case 13:
      return !upstream.options.pass_authorization && same_name(name, "Authorization");
    case 14:
      return same_name(name, "Content-Length");
    case 15:
      return upstream.options.forwarded_for && same_name(name, kForwardedFor);
    default:
      return false;
  }
}

bool expects_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string forwarded_for(const Fields& fields, std::string_view client_address) {
  std::string chain;
  for (const auto& [name, value] : fields.entries()) {
    if (!same_name(name, kForwardedFor) || value.empty()) continue;
    if (!chain.empty()) chain += ", ";
    chain += value;
  }
  if (!chain.empty() && !client_address.empty()) chain += ", ";
  chain += client_address;
  return chain;
}

}  // namespace

bool is_hop_by_hop(std::string_view name) {
  switch (name.size()) {
    case 2:
      return same_name(name, "TE");
    case 7:
      return same_name(name, "Trailer") || same_name(name, "Upgrade");
    case 10:
      return same_name(name, "Connection") || same_name(name, "Keep-Alive");
    case 14:
      return same_name(name, "HTTP2-Settings");
    case 16:
      return same_name(name, "Proxy-Connection");
    case 17:
      return same_name(name, "Transfer-Encoding");
    case 18:
      return same_name(name, "Proxy-Authenticate");
    case 19:
      return same_name(name, "Proxy-Authorization");
    default:
      return false;
  }
}

void remove_hop_by_hop(Fields& fields) {
  std::vector<std::string> named;
  bool any = false;
  for (const auto& [name, value] : fields.entries()) {
    any = any || is_hop_by_hop(name);
    if (!same_name(name, "Connection")) continue;
    for (const std::string_view item : base::split(value, ',')) {
      const std::string_view option = base::trim(item);
      if (!option.empty() && !same_name(option, "close") && !same_name(option, "keep-alive"))
        named.emplace_back(option);
    }
  }
  if (!any) return;
  fields.remove_if([&named](const Fields::Entry& entry) {
    if (is_hop_by_hop(entry.first)) return true;
    for (const std::string& name : named)
      if (same_name(entry.first, name)) return true;
    return false;
  });
}

void append_forward_head(std::string& out, const Forward& forward, const UpstreamState& upstream,
                         const ForwardedFor& details) {
  out += forward.method;
  out += ' ';
  out += upstream.target_for(forward.target);
  out += " HTTP/1.1\r\n";
  const auto own_host = upstream.options.preserve_host ? forward.fields.find("Host") : std::nullopt;
  append_field(out, "Host", own_host.value_or(upstream.host_field));
  const bool replaces_authorization = !details.token.empty();
  for (const auto& [name, value] : forward.fields.entries()) {
    if (is_hop_by_hop(name) || is_replaced(name, upstream)) continue;
    if (details.credentials->find(name)) continue;
    if (replaces_authorization && same_name(name, "Authorization")) continue;
    append_field(out, name, value);
  }
  if (upstream.options.user_agent && !upstream.options.user_agent->empty())
    append_field(out, "User-Agent", *upstream.options.user_agent);
  if (upstream.options.forwarded_for) {
    const std::string chain = forwarded_for(forward.fields, details.client_address);
    if (!chain.empty()) append_field(out, kForwardedFor, chain);
  }
  for (const auto& [name, value] : details.credentials->entries())
    append_field(out, name, value);
  if (replaces_authorization && !details.credentials->find("Authorization"))
    append_field(out, "Authorization", details.token);
  if (details.body.kind == BodyKind::kChunked)
    out += "Transfer-Encoding: chunked\r\n";
  else if (details.body.length > 0 || expects_body(forward.method))
    append_length(out, details.body.length);
  out += "\r\n";
}

}  // namespace ceems::http
