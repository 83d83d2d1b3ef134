#include "kube/pod_commands.h"

#include "http/message.h"
#include "kube/pod_choice.h"

#include <chrono>
#include <cstddef>
#include <utility>

namespace ceems::kube {

namespace {

using base::ErrorCode;

constexpr std::chrono::seconds kLookUpTime{30};
constexpr std::size_t kLargestList = std::size_t{8} << 20;

std::string described(const PodQuery& query, const std::string& node) {
  return fmt::format("pods with {} on node {}", query.labels, node);
}

}  // namespace

base::Result<PodQuery> PodQuery::parse(const std::string& text) {
  // Neither labels nor names of containers have a colon.
  const auto colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size() ||
      text.find(':', colon + 1) != std::string::npos)
    return base::fail(ErrorCode::kInvalid, text, "is not <labels>:<container>");
  return PodQuery{.labels = text.substr(0, colon), .container = text.substr(colon + 1)};
}

base::Result<std::unique_ptr<PodCommands>> PodCommands::create(PodCommandsOptions options) {
  if (options.node.empty())
    return base::fail(ErrorCode::kInvalid, "", "this node's name is not known: NODE_NAME tells it");
  CEEMS_TRY_VOID(http::parse_url(options.web.url));
  std::string server = options.web.url;
  while (server.ends_with('/'))
    server.pop_back();
  if (!options.make_client) options.make_client = http::Client::create;
  CEEMS_TRY(auto client, options.make_client({.config = std::move(options.web),
                                              .user_agent = "ceems_exporter",
                                              .timeout = kLookUpTime,
                                              .max_body_bytes = kLargestList}));
  return std::unique_ptr<PodCommands>(
      new PodCommands(std::move(client), std::move(server), std::move(options.node)));
}

base::Result<std::vector<ContainerName>> PodCommands::look_up(const PodQuery& query) const {
  const std::string url =
      fmt::format("{}/api/v1/pods?limit={}&labelSelector={}&fieldSelector={}", server_, kMostContainers,
                  http::percent_encode(query.labels),
                  http::percent_encode(fmt::format("spec.nodeName={},status.phase=Running", node_)));
  const auto subject = [&] { return described(query, node_); };
  http::Request request;
  request.fields.set("Accept", "application/json");
  auto response = client_->send(url, std::move(request));
  if (!response) return base::wrap(std::move(response).error(), subject());
  if (response->status != 200) {
    const bool refused = response->status == 401 || response->status == 403;
    const std::string told = told_in_status(response->text());
    return base::fail(refused ? ErrorCode::kPermission : ErrorCode::kUnavailable, subject(),
                      "the API server answered with status {}{}{}", response->status,
                      told.empty() ? "" : ": ", told);
  }
  auto found = parse_containers(response->text(), {.node = node_, .container = query.container});
  if (!found) found.error().subject = subject();
  return found;
}

base::Result<PodRun> PodCommands::run(const PodQuery& query, const std::vector<std::string>& command,
                                      const RemoteLimits& limits) const {
  CEEMS_TRY(const std::vector<ContainerName> containers, look_up(query));
  base::Error last{ErrorCode::kNotFound, fmt::format("none whose container {} is ready", query.container),
                   described(query, node_)};
  for (const ContainerName& where : containers) {
    auto result = run_in_container(*client_, server_, where, command, limits);
    if (result) return PodRun{.where = where, .result = *std::move(result)};
    last = std::move(result).error();
    if (last.code != ErrorCode::kGone) break;
  }
  return std::unexpected(std::move(last));
}

}  // namespace ceems::kube
