#include "kube/remote_command.h"

#include "http/message.h"
#include "http/websocket.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/ranges.h>

namespace ceems::kube {

namespace {

using base::ErrorCode;
using Clock = std::chrono::steady_clock;

// Kubelets send pieces of 32 KiB.
constexpr std::size_t kMostMessage = std::size_t{1} << 20;
constexpr std::chrono::seconds kPartingTime{1};

std::string exec_url(const std::string& server, const ContainerName& where,
                     const std::vector<std::string>& command) {
  std::string url = server;
  while (url.ends_with('/'))
    url.pop_back();
  url += fmt::format("/api/v1/namespaces/{}/pods/{}/exec?container={}&stdout=true&stderr=true",
                     http::percent_encode(where.name_space), http::percent_encode(where.pod),
                     http::percent_encode(where.container));
  for (const std::string& word : command)
    url += "&command=" + http::percent_encode(word);
  return url;
}

ErrorCode code_of(int status) {
  if (status == 401 || status == 403) return ErrorCode::kPermission;
  if (status == 404) return ErrorCode::kGone;
  return ErrorCode::kUnavailable;
}

base::Result<RemoteResult> read_result(http::WebSocket& socket, const RemoteLimits& limits,
                                       Clock::time_point deadline) {
  RemoteChannels channels(limits.bounds);
  while (true) {
    CEEMS_TRY(const std::optional<http::WebSocketMessage> message, socket.receive(deadline));
    if (!message) {
      const http::WebSocketClose& close = socket.close_reason();
      return base::fail(ErrorCode::kUnavailable, "",
                        "the connection was closed before it was told how the program ended: code {}{}{}",
                        close.code, close.reason.empty() ? "" : ", ", close.reason);
    }
    if (message->kind != http::WebSocketOpcode::kBinary)
      return base::fail(ErrorCode::kInvalid, "", "a message of text where bytes are expected");
    CEEMS_TRY(const bool ended, channels.take(message->payload));
    if (!ended) continue;
    // Whoever has told that is about to close anyway.
    static_cast<void>(socket.close(std::min(deadline, Clock::now() + kPartingTime)));
    return std::move(channels).result();
  }
}

base::Result<RemoteResult> run(http::Client& client, const std::string& url, const RemoteLimits& limits) {
  const Clock::time_point deadline = Clock::now() + limits.timeout;
  CEEMS_TRY(const http::WebSocket::Opened opened,
            http::WebSocket::open(client, url,
                                  {.protocols = {"v5.channel.k8s.io", "v4.channel.k8s.io"},
                                   .most_message_bytes = kMostMessage}));
  if (opened.socket != nullptr) return read_result(*opened.socket, limits, deadline);
  const std::string told = told_in_status(opened.response.text());
  return base::fail(code_of(opened.response.status), "", "the API server answered with status {}{}{}",
                    opened.response.status, told.empty() ? "" : ": ", told);
}

}  // namespace

std::string describe_command(const ContainerName& where, const std::vector<std::string>& command) {
  return fmt::format("'{}' in container {} of pod {}/{}", fmt::join(command, " "), where.container,
                     where.name_space, where.pod);
}

base::Result<RemoteResult> run_in_container(http::Client& client, const std::string& server,
                                            const ContainerName& where,
                                            const std::vector<std::string>& command,
                                            const RemoteLimits& limits) {
  auto result = run(client, exec_url(server, where, command), limits);
  if (!result) result.error().subject = describe_command(where, command);
  return result;
}

}  // namespace ceems::kube
