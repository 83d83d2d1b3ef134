// HTTP requests and replies as plain values. Neither the network library nor the TLS library shows here.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ceems::http {

// Header fields in order of arrival; names compare without case (RFC 9110 §5.1).
class Fields {
 public:
  using Entry = std::pair<std::string, std::string>;

  void reserve(std::size_t count) { entries_.reserve(count); }
  void add(std::string name, std::string value) { entries_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);  // replaces all of that name
  void remove(std::string_view name);
  template <class Predicate>
  void remove_if(Predicate predicate) {  // of an Entry
    std::erase_if(entries_, predicate);
  }
  // The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

// One decoded query or form parameter.
struct Parameter {
  std::string name;
  std::string value;
};

// Splits `a=1&b=2`, decoding %XX and '+'. kInvalid on a broken escape; bounded by the caller's limit on the
// text.
base::Result<std::vector<Parameter>> parse_form(std::string_view encoded);
std::string encode_form(const std::vector<Parameter>& parameters);  // sorted as given
std::string percent_decode(std::string_view text);                  // broken escapes stay as they are
std::string percent_encode(std::string_view text);                  // RFC 3986 unreserved characters stay

// A parsed http:// or https:// URL, or a unix socket as nginx writes it: unix:/run/daemon.sock:/v1/things.
// userinfo is kept apart so that it never reaches a log.
struct Url {
  std::string scheme;  // "http" | "https" | "unix"
  std::string host;    // without brackets; the socket path for "unix"
  std::uint16_t port = 0;
  std::string path;  // starts with '/', still encoded; may hold a query, never a fragment
  std::string user;
  std::string password;

  std::string authority() const;  // host:port, IPv6 in brackets
  std::string redacted() const;   // without userinfo's password
};
base::Result<Url> parse_url(std::string_view text);

struct Request {
  std::string method = "GET";
  std::string target = "/";  // as on the wire: path and query, still encoded
  Fields fields;
  std::string body;
  // Client side only: may be sent a second time although the method does not promise that (a query by POST).
  bool idempotent = false;
  // Server side only:
  std::string peer_address;  // "192.0.2.1", "::1", or "" for a unix socket
  std::uint16_t peer_port = 0;
  bool over_tls = false;
  std::string authenticated_user;  // from basic auth of the web configuration; "" without

  std::string_view path() const;   // target up to '?', still encoded
  std::string_view query() const;  // after '?', still encoded
};

// Called for the next piece of a streamed body, on a worker thread, when the one before has been written.
// Appends to `chunk`; returns false when that was the last. An error cuts the connection, so that the client
// sees a broken body and not a short one.
using BodyProducer = std::function<base::Result<bool>(std::string& chunk)>;

struct Response {
  int status = 200;
  Fields fields;
  std::variant<std::string, std::shared_ptr<const std::string>, BodyProducer> body;

  // Text of a whole body; "" for a streamed one.
  std::string_view text() const;
};

Response text_response(int status, std::string body);  // text/plain; charset=utf-8, nosniff
std::string_view reason_phrase(int status);

}  // namespace ceems::http
