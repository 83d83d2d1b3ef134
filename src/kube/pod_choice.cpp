#include "kube/pod_choice.h"

#include "kube/json.h"

#include <algorithm>
#include <utility>

#include <boost/json/array.hpp>

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
  const json::value* containers = member(status, "containerStatuses");
  if (containers == nullptr || !containers->is_array()) return false;
  return std::ranges::any_of(containers->get_array(), [&](const json::value& one) {
    const json::value* ready = member(one, "ready");
    return text_member(one, "name") == container && ready != nullptr && ready->is_bool() && ready->get_bool();
  });
}

bool is_usable(const json::value& pod, const ContainerWanted& wanted) {
  const json::value* metadata = member(pod, "metadata");
  const json::value* spec = member(pod, "spec");
  const json::value* status = member(pod, "status");
  return metadata != nullptr && spec != nullptr && status != nullptr &&
         text_member(*spec, "nodeName") == wanted.node && text_member(*status, "phase") == "Running" &&
         text_member(*metadata, "deletionTimestamp").empty() && is_ready(*status, wanted.container);
}

}  // namespace

base::Result<std::vector<ContainerName>> parse_containers(std::string_view body,
                                                          const ContainerWanted& wanted) {
  CEEMS_TRY(const json::value document, parse_json(body));
  const json::value* items = member(document, "items");
  if (items == nullptr || !items->is_array())
    return base::fail(base::ErrorCode::kInvalid, "", "the answer is no list of pods");
  std::vector<ContainerName> found;
  for (const json::value& pod : items->get_array()) {
    if (!is_usable(pod, wanted)) continue;
    const json::value& metadata = *member(pod, "metadata");
    ContainerName name{.name_space = text_member(metadata, "namespace"),
                       .pod = text_member(metadata, "name"),
                       .container = wanted.container};
    if (!is_name(name.name_space) || !is_name(name.pod)) continue;
    found.push_back(std::move(name));
    if (found.size() == kMostContainers) break;
  }
  return found;
}

}  // namespace ceems::kube
