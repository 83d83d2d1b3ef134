#include "kube/pod_names.h"

#include "base/text.h"
#include "json/read.h"

#include <chrono>
#include <iterator>
#include <optional>

namespace ceems::kube {

namespace {

using base::ErrorCode;

constexpr int kPage = 500;
constexpr int kMostPages = 40;
constexpr std::size_t kLargestPage = std::size_t{32} << 20;
// The server leaves out what is no metadata. One that cannot sends whole pods.
constexpr std::string_view kMetadataOnly =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

bool is_over(const json::value& pod) {
  const json::value* status = json::member(pod, "status");
  const std::string phase = status == nullptr ? "" : json::text_member(*status, "phase");
  return phase == "Succeeded" || phase == "Failed";
}

void add_pod(const json::value& pod, PodUids& pods) {
  const json::value* metadata = json::member(pod, "metadata");
  if (metadata == nullptr || is_over(pod)) return;
  PodName name{.name_space = json::text_member(*metadata, "namespace"),
               .name = json::text_member(*metadata, "name")};
  std::string uid = json::text_member(*metadata, "uid");
  // A pod that the kubelet has from a file.
  if (const json::value* annotations = json::member(*metadata, "annotations")) {
    if (std::string hash = json::text_member(*annotations, "kubernetes.io/config.hash"); !hash.empty())
      uid = std::move(hash);
  }
  if (!uid.empty() && !name.name.empty()) pods.insert_or_assign(std::move(name), base::to_lower(uid));
}

}  // namespace

base::Result<PodPage> parse_pod_page(std::string_view body) {
  CEEMS_TRY(const json::value document, json::parse(body));
  const json::array* items = json::array_member(document, "items");
  if (items == nullptr) return base::fail(ErrorCode::kInvalid, "", "the answer is no list of pods");
  PodPage page;
  for (const json::value& pod : *items)
    add_pod(pod, page.pods);
  if (const json::value* metadata = json::member(document, "metadata"))
    page.next = json::text_member(*metadata, "continue");
  return page;
}

base::Result<std::unique_ptr<PodNames>> PodNames::create(PodNamesOptions options) {
  CEEMS_TRY(const http::Url url, http::parse_url(options.web.url));
  std::string base = options.web.url;
  while (base.ends_with('/'))
    base.pop_back();
  base += fmt::format("/api/v1/pods?limit={}", kPage);
  if (!options.node.empty())
    base += "&fieldSelector=" + http::percent_encode("spec.nodeName=" + options.node);
  if (!options.make_client) options.make_client = http::Client::create;
  CEEMS_TRY(auto client, options.make_client({.config = std::move(options.web),
                                              .user_agent = "ceems_exporter",
                                              .timeout = std::chrono::seconds(15),
                                              .max_body_bytes = kLargestPage}));
  return std::unique_ptr<PodNames>(new PodNames(std::move(client), std::move(base), url.redacted()));
}

base::Result<PodUids> PodNames::list() const {
  PodUids all;
  std::string next;
  for (int i = 0; i < kMostPages; ++i) {
    http::Request request;
    request.fields.set("Accept", std::string(kMetadataOnly));
    const std::string more = next.empty() ? "" : "&continue=" + http::percent_encode(next);
    CEEMS_TRY(const http::Response response, client_->send(url_ + more, std::move(request)));
    if (response.status == 401 || response.status == 403)
      return base::fail(ErrorCode::kPermission, shown_, "may not list pods: status {}", response.status);
    if (response.status != 200)
      return base::fail(ErrorCode::kUnavailable, shown_, "answered {} to a list of pods", response.status);
    auto page = parse_pod_page(response.text());
    if (!page) {
      page.error().subject = shown_;
      return std::unexpected(std::move(page).error());
    }
    all.insert(std::make_move_iterator(page->pods.begin()), std::make_move_iterator(page->pods.end()));
    next = std::move(page->next);
    if (next.empty()) return all;
  }
  return base::fail(ErrorCode::kTooLarge, shown_, "more than {} pods", kPage * kMostPages);
}

}  // namespace ceems::kube
