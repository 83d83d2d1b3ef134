#include "request_load.h"

#include "base/fd.h"
#include "http/framing.h"
#include "http/head.h"
#include "sample.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <string_view>

namespace ceems::bench {

namespace {

constexpr std::size_t kRead = std::size_t{256} * 1024;
constexpr int kPatienceMs = 30'000;

std::unexpected<base::Error> unusable(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "answer", "{}", what);
}

base::Result<base::Fd> connect_to(std::uint16_t port) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return base::fail_errno(errno, fmt::format("port {}", port));
  const int on = 1;
  static_cast<void>(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  return fd;
}

class Asker {
 public:
  explicit Asker(base::Fd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }

  base::Status ask(std::string_view request) {
    started_ = wall_usec();
    if (::send(fd_.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
      return base::fail_errno(errno, "send");
    return {};
  }

  // Takes what has arrived; true once the answer is whole.
  base::Result<bool> take(std::string_view bytes) {
    if (!in_body_) {
      head_ += bytes;
      const auto end = http::find_head_end(head_, 0);
      if (!end) return unusable(end.error().reason);
      if (*end == 0) return false;
      const auto head = http::parse_response_head(std::string_view(head_).substr(0, *end));
      if (!head || head->status != 200) return unusable("not 200");
      const auto framing = http::response_framing(*head, "GET");
      if (!framing || framing->kind == http::BodyKind::kUntilClose) return unusable("no end in sight");
      framing_ = *framing;
      decoder_ = {};
      in_body_ = true;
      const std::string rest = head_.substr(*end);
      head_.clear();
      return take_body(rest);
    }
    return take_body(bytes);
  }
  double latency_usec() const { return wall_usec() - started_; }

 private:
  base::Result<bool> take_body(std::string_view bytes) {
    bool done = false;
    if (framing_.kind == http::BodyKind::kChunked) {
      waste_.clear();
      if (!decoder_.feed(bytes, waste_, std::numeric_limits<std::size_t>::max()))
        return unusable("broken chunks");
      done = decoder_.done();
    } else {
      framing_.length -= std::min<std::uint64_t>(framing_.length, bytes.size());
      done = framing_.length == 0;
    }
    in_body_ = !done;
    return done;
  }

  base::Fd fd_;
  double started_ = 0;
  std::string head_;
  http::Framing framing_;
  http::ChunkDecoder decoder_;
  std::string waste_;
  bool in_body_ = false;
};

}  // namespace

base::Result<LoadResult> run_load(const Load& load) {
  const base::Fd poller(::epoll_create1(EPOLL_CLOEXEC));
  std::vector<Asker> askers;
  for (std::size_t i = 0; i < load.connections; ++i) {
    CEEMS_TRY(base::Fd fd, connect_to(load.port));
    askers.emplace_back(std::move(fd));
  }
  for (std::size_t i = 0; i < askers.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(poller.get(), EPOLL_CTL_ADD, askers[i].fd(), &event) != 0)
      return base::fail_errno(errno, "epoll_ctl");
  }
  LoadResult result;
  result.latency_usec.reserve(load.requests);
  const double start = wall_usec();
  std::size_t asked = 0;
  for (Asker& asker : askers) {
    CEEMS_TRY_VOID(asker.ask(load.request));
    ++asked;
  }
  std::string buffer(kRead, '\0');
  std::array<epoll_event, 64> events{};
  while (result.latency_usec.size() < asked) {
    const int ready = ::epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()), kPatienceMs);
    if (ready <= 0) return base::fail(base::ErrorCode::kTimeout, "answer", "did not come");
    for (int i = 0; i < ready; ++i) {
      Asker& asker = askers[events[static_cast<std::size_t>(i)].data.u64];
      const auto size = ::recv(asker.fd(), buffer.data(), buffer.size(), 0);
      if (size <= 0) return base::fail_errno(size == 0 ? ECONNRESET : errno, "recv");
      CEEMS_TRY(const bool whole,
                asker.take(std::string_view(buffer).substr(0, static_cast<std::size_t>(size))));
      if (!whole) continue;
      result.latency_usec.push_back(asker.latency_usec());
      if (asked == load.requests) continue;
      CEEMS_TRY_VOID(asker.ask(load.request));
      ++asked;
    }
  }
  result.seconds = (wall_usec() - start) / 1e6;
  return result;
}

}  // namespace ceems::bench
