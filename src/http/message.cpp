#include "http/message.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::http {

namespace {

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && base::equals_ignoring_case(a, b);
}

}  // namespace

void Fields::set(std::string_view name, std::string value) {
  remove(name);
  entries_.emplace_back(std::string(name), std::move(value));
}

void Fields::remove(std::string_view name) {
  std::erase_if(entries_, [name](const Entry& entry) { return same_name(entry.first, name); });
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  for (const Entry& entry : entries_)
    if (same_name(entry.first, name)) return entry.second;
  return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [name](const Entry& entry) { return same_name(entry.first, name); }));
}

std::string_view Request::path() const {
  return std::string_view(target).substr(0, target.find('?'));
}

std::string_view Request::query() const {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string_view Response::text() const {
  if (const auto* owned = std::get_if<std::string>(&body)) return *owned;
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&body))
    return *shared ? std::string_view(**shared) : std::string_view();
  return {};
}

Response text_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.fields.add("Content-Type", "text/plain; charset=utf-8");
  response.fields.add("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Request Entity Too Large";
    case 414:
      return "Request URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

}  // namespace ceems::http
