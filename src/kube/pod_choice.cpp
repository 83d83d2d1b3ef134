#include "kube/pod_choice.h"

#include "json/read.h"

#include <algorithm>
#include <utility>

namespace ceems::kube {

namespace {

constexpr std::size_t kLongestName = 253;

// DNS subdomains (RFC 1123), nearly.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

bool is_ready(const json::value& status, std::string_view container) {
  const json::array* containers = json::array_member(status, "containerStatuses");
  return containers != nullptr && std::ranges::any_of(*containers, [&](const json::value& one) {
           return json::text_member(one, "name") == container &&
                  json::bool_member(one, "ready").value_or(false);
         });
}

bool is_usable(const json::value& pod, const ContainerWanted& wanted) {
  const json::value* metadata = json::member(pod, "metadata");
  const json::value* spec = json::member(pod, "spec");
  const json::value* status = json::member(pod, "status");
  return metadata != nullptr && spec != nullptr && status != nullptr &&
         json::text_member(*spec, "nodeName") == wanted.node &&
         json::text_member(*status, "phase") == "Running" &&
         json::text_member(*metadata, "deletionTimestamp").empty() && is_ready(*status, wanted.container);
}

}  // namespace

base::Result<std::vector<ContainerName>> parse_containers(std::string_view body,
                                                          const ContainerWanted& wanted) {
  CEEMS_TRY(const json::value document, json::parse(body));
  const json::array* items = json::array_member(document, "items");
  if (items == nullptr) return base::fail(base::ErrorCode::kInvalid, "", "the answer is no list of pods");
  std::vector<ContainerName> found;
  for (const json::value& pod : *items) {
    if (!is_usable(pod, wanted)) continue;
    const json::value& metadata = *json::member(pod, "metadata");
    ContainerName name{.name_space = json::text_member(metadata, "namespace"),
                       .pod = json::text_member(metadata, "name"),
                       .container = wanted.container};
    if (!is_name(name.name_space) || !is_name(name.pod)) continue;
    found.push_back(std::move(name));
    if (found.size() == kMostContainers) break;
  }
  return found;
}

}  // namespace ceems::kube
