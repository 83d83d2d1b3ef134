#include "api/compression.h"

#include "base/text.h"
#include "http/compression.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ceems::api {

namespace {

constexpr std::string_view kCompressedTypes[] = {
    "text/html",
    "text/css",
    "text/plain",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/json",
    "application/atom+xml",
    "application/rss+xml",
    "image/svg+xml",
};

bool type_compresses(const http::Response& response) {
  const std::string_view field = response.fields.find("Content-Type").value_or("");
  const std::string type = base::to_lower(base::trim(field.substr(0, field.find(';'))));
  return std::ranges::find(kCompressedTypes, type) != std::end(kCompressedTypes);
}

}  // namespace

base::Status check_compression_level(std::int64_t level) {
  if (level < -2 || level > 9)
    return base::fail(base::ErrorCode::kInvalid, "", "compression level {} is not between -2 and 9", level);
  return {};
}

void compress(const http::Request& request, http::Response& response, int level) {
  if (response.fields.find("Content-Encoding") || !type_compresses(response)) return;
  response.fields.add("Vary", "Accept-Encoding");
  const http::Coding coding = http::negotiate_coding(request.fields.find("Accept-Encoding"), true);
  if (coding == http::Coding::kIdentity) return;

  const int effort = level == -2 ? 1 : level;
  if (auto* producer = std::get_if<http::BodyProducer>(&response.body)) {
    response.body = http::compress_body(std::move(*producer), effort, coding);
  } else {
    if (response.text().empty()) return;
    std::string packed;
    http::Compressor(effort).compress(response.text(), coding, packed);
    response.body = std::move(packed);
  }
  response.fields.set("Content-Encoding", std::string(http::coding_name(coding)));
  response.fields.remove("Content-Length");
}

}  // namespace ceems::api
