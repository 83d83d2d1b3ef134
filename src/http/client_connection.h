// One connection of the client: sends a request, reads its response, within a Patience. Not thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "http/framing.h"
#include "http/message.h"
#include "http/patience.h"
#include "http/transport.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace ceems::http {

class ClientConnection {
 public:
  explicit ClientConnection(base::Fd fd) : fd_(std::move(fd)), transport_(fd_.get()) {}

  base::Status start_tls(SslPtr session, const Patience& patience);

  // Sends head and body and reads the response to that method. Its body is at most `max_body` bytes
  // (kTooLarge). A failure leaves the connection unusable.
  base::Result<Response> exchange(std::string_view head, std::string_view body, std::string_view method,
                                  std::size_t max_body, const Patience& patience);

  // The same for a request that asks to speak another protocol (RFC 9110 §7.8): a response of status 101 is
  // one without a body, and what follows it is for read_some() and write().
  base::Result<Response> switch_protocol(std::string_view head, std::size_t max_body,
                                         const Patience& patience);
  // What arrives next; "" once the other end has finished in good order.
  base::Result<std::string> read_some(const Patience& patience);
  base::Status write(std::string_view bytes, const Patience& patience) { return send(bytes, "", patience); }

  // Whether any byte of the last response had arrived: if not, the request may not have been seen.
  bool response_begun() const { return response_begun_; }
  // Whether another exchange can follow.
  bool reusable() const { return reusable_; }
  // Whether the other end has kept quiet since, as it must: neither closed nor sent anything.
  bool quiet() const;
  std::chrono::steady_clock::time_point idle_since() const { return idle_since_; }

 private:
  base::Status send(std::string_view first, std::string_view second, const Patience& patience);
  // Appends to input_. kUnavailable with `at_end` true where the other end has closed.
  base::Status read_more(const Patience& patience, bool& at_end);
  base::Result<ResponseHead> read_head(const Patience& patience);
  base::Result<std::string> read_body(const Framing& framing, std::size_t max_body, const Patience& patience);
  base::Result<std::string> read_chunked(std::size_t max_body, const Patience& patience);
  std::unexpected<base::Error> broken() const;

  base::Fd fd_;
  Transport transport_;
  std::string input_;
  bool may_switch_ = false;
  bool response_begun_ = false;
  bool reusable_ = false;
  std::chrono::steady_clock::time_point idle_since_{};
};

}  // namespace ceems::http
