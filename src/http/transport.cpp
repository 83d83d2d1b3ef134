#include "http/transport.h"

#include "base/check.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

namespace ceems::http {

namespace {

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, so a peer that goes away would kill the process.
int bio_fd(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto sent = ::send(bio_fd(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto received = ::recv(bio_fd(bio), data, static_cast<std::size_t>(size), 0);
  if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(received);
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_bio_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "nonblocking socket");
  CEEMS_CHECK(method != nullptr);
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  return method;
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "";
  const char* const reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

void Transport::start_tls(SslPtr ssl) {
  static BIO_METHOD* const method = make_bio_method();
  BIO* const bio = BIO_new(method);
  CEEMS_CHECK(bio != nullptr);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd_)));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl.get(), bio, bio);
  SSL_set_mode(ssl.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
  ssl_ = std::move(ssl);
}

IoState Transport::tls_state(int returned) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return IoState::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return IoState::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return IoState::kClosed;
    default:
      break;
  }
  const long verified = SSL_get_verify_result(ssl_.get());
  const unsigned long first = ERR_peek_error();
  met_plain_http_ = ERR_GET_LIB(first) == ERR_LIB_SSL && ERR_GET_REASON(first) == SSL_R_HTTP_REQUEST;
  error_ = take_openssl_error();
  if (verified != X509_V_OK && !SSL_is_init_finished(ssl_.get()))
    error_ = std::string("certificate: ") + X509_verify_cert_error_string(verified);
  if (error_.empty()) error_ = system_error == 0 ? "connection closed" : std::strerror(system_error);
  return IoState::kFailed;
}

void Transport::stop_tls() {
  ssl_.reset();
  error_.clear();
}

IoState Transport::handshake() {
  ERR_clear_error();
  errno = 0;
  const int returned = SSL_do_handshake(ssl_.get());
  return returned == 1 ? IoState::kDone : tls_state(returned);
}

IoResult Transport::read(std::span<char> buffer) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    std::size_t bytes = 0;
    const int returned = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &bytes);
    if (returned == 1) return {IoState::kDone, bytes};
    return {tls_state(returned), 0};
  }
  while (true) {
    const auto received = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (received > 0) return {IoState::kDone, static_cast<std::size_t>(received)};
    if (received == 0) return {IoState::kClosed, 0};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {IoState::kWantRead, 0};
    error_ = std::strerror(errno);
    return {IoState::kFailed, 0};
  }
}

IoResult Transport::write(std::string_view first, std::string_view second) {
  if (ssl_) {
    const std::string_view piece = first.empty() ? second : first;
    ERR_clear_error();
    errno = 0;
    std::size_t bytes = 0;
    const int returned = SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &bytes);
    if (returned == 1) return {IoState::kDone, bytes};
    return {tls_state(returned), 0};
  }
  // sendmsg() reads only, but its type does not say so.
  std::array<iovec, 2> pieces = {iovec{const_cast<char*>(first.data()), first.size()},
                                 iovec{const_cast<char*>(second.data()), second.size()}};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  while (true) {
    const auto sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent >= 0) return {IoState::kDone, static_cast<std::size_t>(sent)};
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {IoState::kWantWrite, 0};
    error_ = std::strerror(errno);
    return {IoState::kFailed, 0};
  }
}

void Transport::close_notify() {
  // After a fatal error OpenSSL must not be asked again.
  if (!ssl_ || !error_.empty() || !SSL_is_init_finished(ssl_.get())) return;
  ERR_clear_error();
  static_cast<void>(SSL_shutdown(ssl_.get()));
  ERR_clear_error();
}

}  // namespace ceems::http
