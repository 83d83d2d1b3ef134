// The small parsers of foreign text: URLs, forms, escapes, paths, header values, gzip.
#include "base/check.h"
#include "http/compression.h"
#include "http/message.h"
#include "http/password.h"
#include "http/proxy.h"
#include "http/redirect.h"
#include "http/router.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace ceems::http;

void check_url(std::string_view text) {
  const auto url = parse_url(text);
  if (!url) return;
  CEEMS_CHECK(url->path.starts_with('/'));
  const auto again = parse_url(url->redacted());
  if (again && url->user.empty()) CEEMS_CHECK(again->host == url->host && again->path == url->path);
  const auto next = resolve_location(*url, text);
  if (next && url->scheme == "unix") CEEMS_CHECK(next->scheme == "unix" && next->host == url->host);
}

void check_escapes(std::string_view text) {
  CEEMS_CHECK(percent_decode(percent_encode(text)) == text);
  CEEMS_CHECK(base64_decode(base64_encode(text)) == std::string(text));
  static_cast<void>(base64_decode(text));
  const auto form = parse_form(text);
  if (!form) return;
  const auto again = parse_form(encode_form(*form));
  CEEMS_CHECK(again && again->size() == form->size());
}

void check_path(std::string_view text) {
  const auto cleaned = clean_path(text);
  if (!cleaned) return;
  CEEMS_CHECK(cleaned->starts_with('/') && !cleaned->starts_with("//") && !clean_path(*cleaned));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_url(text);
  check_escapes(text);
  check_path(text);
  static_cast<void>(negotiate_coding(text, true));
  static_cast<void>(parse_basic_authorization(text));
  static_cast<void>(matches_no_proxy(text, "192.0.2.1", 80));
  const auto plain = gunzip(text, 1 << 16);
  CEEMS_CHECK(!plain || plain->size() <= (1 << 16));
  return 0;
}
