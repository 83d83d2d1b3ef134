#include "scrape_client.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace ceems::bench {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A port that nobody has now.
int free_port() {
  const base::Fd probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(probe.get(), generic, length) != 0 || ::getsockname(probe.get(), generic, &length) != 0)
    return 0;
  return ntohs(address.sin_port);
}

}  // namespace

base::Result<RunningExporter> RunningExporter::start(const std::string& program,
                                                     const std::vector<std::string>& flags) {
  RunningExporter exporter;
  exporter.port_ = free_port();
  std::vector<std::string> arguments = {program,
                                        fmt::format("--web.listen-address=127.0.0.1:{}", exporter.port_)};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  exporter.process_ = ::fork();
  if (exporter.process_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::execv(program.c_str(), pointers.data());
    ::_exit(127);
  }
  constexpr int kAttempts = 500;
  for (int i = 0; i < kAttempts; ++i) {
    if (exporter.connect()) return exporter;
    if (::waitpid(exporter.process_, nullptr, WNOHANG) == exporter.process_) {
      exporter.process_ = -1;
      break;
    }
    ::usleep(10'000);
  }
  return base::fail(base::ErrorCode::kUnavailable, program, "does not start");
}

RunningExporter::~RunningExporter() {
  if (process_ <= 0) return;
  ::kill(process_, SIGTERM);
  ::waitpid(process_, nullptr, 0);
}

base::Status RunningExporter::connect() {
  connection_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port_);
  if (::connect(connection_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return base::fail_errno(errno, "connect");
  }
  return {};
}

base::Result<std::size_t> RunningExporter::scrape() {
  if (const auto size = ask(); size) return size;
  // It closes connections that idle, and others are measured meanwhile.
  CEEMS_TRY_VOID(connect());
  return ask();
}

base::Result<std::size_t> RunningExporter::ask() {
  constexpr std::string_view kRequest =
      "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
      "X-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n";
  if (::send(connection_.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL) < 0) {
    return base::fail_errno(errno, "send");
  }
  return read_reply();
}

base::Result<std::size_t> RunningExporter::read_reply() {
  std::string reply;
  std::array<char, 65536> buffer;
  std::size_t head = std::string::npos;
  std::size_t body = 0;
  while (true) {
    const ssize_t n = ::recv(connection_.get(), buffer.data(), buffer.size(), 0);
    if (n <= 0) return base::fail(base::ErrorCode::kUnavailable, "", "the exporter closed the connection");
    reply.append(buffer.data(), static_cast<std::size_t>(n));
    if (head == std::string::npos) {
      const std::size_t end = reply.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      head = end + 4;
      if (!reply.starts_with("HTTP/1.1 200"))
        return base::fail(base::ErrorCode::kUnavailable, "", "{}", reply.substr(0, 80));
      const std::string fields = base::to_lower(reply.substr(0, head));
      const std::size_t field = fields.find("\r\ncontent-length:");
      if (field == std::string::npos)
        return base::fail(base::ErrorCode::kUnavailable, "", "no content length");
      std::string_view rest = std::string_view(fields).substr(field + 17);
      std::string_view number;
      base::next_word(rest, number);
      body = static_cast<std::size_t>(base::parse_u64(number).value_or(0));
    }
    if (reply.size() >= head + body) return body;
  }
}

}  // namespace ceems::bench
