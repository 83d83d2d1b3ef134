// A connected stream socket, plain or under TLS, whose operations never block: they do what is possible now
// or say what to wait for. Used by the server's coroutines and by the blocking client alike. Not thread-safe.
#pragma once

#include "base/fd.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <openssl/ssl.h>

namespace ceems::http {

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

enum class IoState : std::uint8_t {
  kDone,       // something was transferred
  kWantRead,   // try again when the socket is readable
  kWantWrite,  // try again when it is writable
  kClosed,     // the other end has finished, properly
  kFailed,     // broken: see error()
};

inline bool must_wait(IoState state) {
  return state == IoState::kWantRead || state == IoState::kWantWrite;
}

struct IoResult {
  IoState state = IoState::kFailed;
  std::size_t bytes = 0;
};

class Transport {
 public:
  Transport() = default;
  explicit Transport(int fd) : fd_(fd) {}  // not owned

  // From here on, everything is encrypted. `ssl` is set up as server or client, without a BIO.
  void start_tls(SslPtr ssl);
  bool is_tls() const { return ssl_ != nullptr; }
  SSL* ssl() const { return ssl_.get(); }

  IoState handshake();
  IoResult read(std::span<char> buffer);
  // Writes a part of first+second, as much as goes. When it says "wait", the next call must start with the
  // same bytes.
  IoResult write(std::string_view first, std::string_view second = {});
  // Tells the other end that nothing follows, as far as that goes without waiting.
  void close_notify();

  // The handshake failed because the other end speaks HTTP without TLS. stop_tls() makes it possible to
  // answer.
  bool met_plain_http() const { return met_plain_http_; }
  void stop_tls();

  // What broke, in words: a certificate that does not verify, a reset connection. Never holds data.
  const std::string& error() const { return error_; }

 private:
  IoState tls_state(int returned);

  int fd_ = -1;
  SslPtr ssl_;
  bool met_plain_http_ = false;
  std::string error_;
};

// The oldest error in this thread's OpenSSL queue as text, and empties the queue.
std::string take_openssl_error();

}  // namespace ceems::http
