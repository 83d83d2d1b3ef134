// Runs programs in containers of this node's pods, which are found by labels. Which pod it is is asked each
// time: pods come and go. Thread-safe.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/client.h"
#include "kube/exec_client.h"
#include "kube/remote_command.h"

#include <memory>
#include <string>
#include <vector>

namespace ceems::kube {

// Pods with these labels, as a label selector: "app=gpu-feature-discovery", and one container of each.
struct PodQuery {
  std::string labels;
  std::string container;
  // "<labels>:<container>". kInvalid if one of them is missing.
  static base::Result<PodQuery> parse(const std::string& text);
};

struct PodCommandsOptions {
  config::HttpClientConfig web;  // its URL is that of the API server
  std::string node;              // as Kubernetes knows it
  MakeClient make_client;        // empty: http::Client::create
};

struct PodRun {
  ContainerName where;
  RemoteResult result;
};

class PodCommands {
 public:
  // Reads certificates; errors name the file. kInvalid without a node's name: pods of others are never asked.
  static base::Result<std::unique_ptr<PodCommands>> create(PodCommandsOptions options);

  // In the first pod that is ready and still there. kNotFound if none is; kPermission if pods must not be
  // listed, about the pods that are looked for; else as run_in_container().
  base::Result<PodRun> run(const PodQuery& query, const std::vector<std::string>& command,
                           const RemoteLimits& limits) const;
  // Ends run(), now and in future.
  void cancel() const { client_->cancel(); }

 private:
  PodCommands(std::unique_ptr<http::Client> client, std::string server, std::string node)
      : client_(std::move(client)), server_(std::move(server)), node_(std::move(node)) {}
  base::Result<std::vector<ContainerName>> look_up(const PodQuery& query) const;

  const std::unique_ptr<http::Client> client_;
  const std::string server_;
  const std::string node_;
};

}  // namespace ceems::kube
