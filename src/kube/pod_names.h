// Which pod of a node has which name, as the cluster's API server tells it: the kubelet names pods, cgroups
// have their uids. Thread-safe.
//
// Source: kubernetes.io/docs/reference/using-api/api-concepts, the Pod v1 API.
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "http/client.h"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ceems::kube {

struct PodName {
  std::string name_space;
  std::string name;
  auto operator<=>(const PodName&) const = default;
};

// uids in lower case, as they are in the names of cgroups: of a static pod it is not the uid of the pod that
// the API server has, but the hash of its configuration.
using PodUids = std::map<PodName, std::string>;

struct PodPage {
  PodUids pods;
  std::string next;  // "" for the last page
};

// A list of pods, or of their metadata. Bytes may be anything; kInvalid. Pods that are over are left out.
base::Result<PodPage> parse_pod_page(std::string_view body);

struct PodNamesOptions {
  config::HttpClientConfig web;  // its URL is that of the API server
  std::string node;              // its pods only; "": those of the whole cluster
  std::function<base::Result<std::unique_ptr<http::Client>>(http::ClientOptions)> make_client;  // for tests
};

class PodNames {
 public:
  // Reads certificates; errors name the file.
  static base::Result<std::unique_ptr<PodNames>> create(PodNamesOptions options);

  // Asks, page by page; only for what is needed of each pod, where the server can do that. kTooLarge for more
  // than 20,000 pods.
  base::Result<PodUids> list() const;
  // Ends list(), now and in future.
  void cancel() const { client_->cancel(); }

 private:
  PodNames(std::unique_ptr<http::Client> client, std::string url, std::string shown)
      : client_(std::move(client)), url_(std::move(url)), shown_(std::move(shown)) {}

  std::unique_ptr<http::Client> client_;
  std::string url_;    // with a query to which more can be added
  std::string shown_;  // of the server, without secrets
};

}  // namespace ceems::kube
