#include "unit/kubernetes_manager.h"

#include "base/text.h"
#include "unit/cgroup_path.h"
#include "unit/user_cgroups.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace ceems::unit {

namespace {

constexpr std::string_view kPods = "kubepods";
constexpr std::array<std::string_view, 3> kQualities{"burstable", "besteffort", "guaranteed"};

bool is_hexadecimal(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uid(std::string_view text) {
  constexpr std::size_t kPlain = 32;
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  if (text.size() == kPlain) return std::ranges::all_of(text, is_hexadecimal);
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] == '-' ? text[i] != '-' : !is_hexadecimal(text[i])) return false;
  }
  return true;
}

std::string checked(std::string uid) {
  return is_uid(uid) ? base::to_lower(uid) : "";
}

// "kubepods", "kubepods-burstable", "kubelet-kubepods-burstable".
bool is_parent_slice(std::string_view name) {
  for (const std::string_view quality : kQualities) {
    if (name.size() > quality.size() && name.ends_with(quality) &&
        name[name.size() - quality.size() - 1] == '-') {
      name.remove_suffix(quality.size() + 1);
      break;
    }
  }
  if (!name.ends_with(kPods)) return false;
  return name.size() == kPods.size() || name[name.size() - kPods.size() - 1] == '-';
}

std::string uid_in_slice(std::string_view component) {
  constexpr std::string_view kSlice = ".slice";
  constexpr std::string_view kPod = "-pod";
  if (!component.ends_with(kSlice)) return "";
  component.remove_suffix(kSlice.size());
  const std::size_t pod = component.rfind(kPod);
  if (pod == std::string_view::npos || !is_parent_slice(component.substr(0, pod))) return "";
  std::string uid(component.substr(pod + kPod.size()));
  std::ranges::replace(uid, '_', '-');
  return checked(std::move(uid));
}

std::string uid_in_directory(std::string_view component, std::string_view parents) {
  constexpr std::string_view kPod = "pod";
  if (!component.starts_with(kPod)) return "";
  std::string_view parent = cut_last_component(parents);
  if (std::ranges::find(kQualities, parent) != kQualities.end()) parent = cut_last_component(parents);
  if (parent != kPods) return "";
  return checked(std::string(component.substr(kPod.size())));
}

}  // namespace

std::string pod_uid_of(std::string_view path) {
  const std::string_view own_name = cut_last_component(path);
  std::string uid = uid_in_slice(own_name);
  return uid.empty() ? uid_in_directory(own_name, path) : uid;
}

std::optional<Claim> KubernetesManager::claim(std::string_view path) const {
  if (belongs_to_users(path)) return std::nullopt;
  Claim claim;
  claim.uuid = pod_uid_of(path);
  if (claim.uuid.empty()) return std::nullopt;
  claim.name = cut_last_component(path);
  return claim;
}

bool KubernetesManager::may_claim_below(std::string_view path) const {
  return !belongs_to_users(path);
}

}  // namespace ceems::unit
