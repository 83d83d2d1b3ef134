#include "gpu/amd_topology.h"

#include "base/file.h"
#include "base/text.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace ceems::gpu {

namespace {

constexpr std::size_t kMostNodes = 4096;

// Names and numbers, one pair a line.
std::map<std::string_view, std::uint64_t> parse_properties(std::string_view text) {
  std::map<std::string_view, std::uint64_t> properties;
  std::string_view line;
  while (base::next_line(text, line)) {
    std::string_view name;
    std::string_view value;
    if (!base::next_word(line, name) || !base::next_word(line, value)) continue;
    if (const auto number = base::parse_u64(value)) properties[name] = *number;
  }
  return properties;
}

std::optional<AmdNode> parse_node(std::string_view text) {
  const auto properties = parse_properties(text);
  const auto get = [&](std::string_view name) {
    const auto found = properties.find(name);
    return found == properties.end() ? 0 : found->second;
  };
  AmdNode node;
  const std::uint64_t minor = get("drm_render_minor");
  const std::uint64_t simd_per_cu = get("simd_per_cu");
  if (minor == 0 || minor > std::numeric_limits<std::uint32_t>::max() || simd_per_cu == 0)
    return std::nullopt;
  const std::uint64_t units = get("simd_count") / simd_per_cu;
  if (units == 0 || units > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  node.render_minor = static_cast<std::uint32_t>(minor);
  node.unique_id = get("unique_id");
  node.compute_units = static_cast<std::uint32_t>(units);
  return node;
}

// Directories of devices by the minor of their renderD file.
void add_directories(std::map<std::uint32_t, std::string>& directories, const std::string& parent,
                     std::string_view prefix, bool is_address) {
  const auto names = base::list_directory(parent);
  if (!names) return;
  for (const std::string& name : *names) {
    if (is_address ? !parse_pci_address(name) : !name.starts_with(prefix)) continue;
    const auto files = base::list_directory(base::join_path(base::join_path(parent, name), "drm"));
    if (!files) continue;
    for (const std::string& file : *files) {
      constexpr std::string_view kRender = "renderD";
      if (!file.starts_with(kRender)) continue;
      const auto minor = base::parse_u64(std::string_view(file).substr(kRender.size()));
      if (minor && *minor <= std::numeric_limits<std::uint32_t>::max()) {
        directories.emplace(static_cast<std::uint32_t>(*minor), name);
      }
    }
  }
}

}  // namespace

std::vector<AmdNode> read_amd_nodes(const std::string& sysfs) {
  std::map<std::uint32_t, std::string> directories;
  add_directories(directories, base::join_path(sysfs, "module/amdgpu/drivers/pci:amdgpu"), "", true);
  add_directories(directories, base::join_path(sysfs, "devices/platform"), "amdgpu_xcp", false);
  const std::string topology = base::join_path(sysfs, "class/kfd/kfd/topology/nodes");
  std::vector<AmdNode> nodes;
  const auto names = base::list_directory(topology);
  if (!names) return nodes;
  for (const std::string& name : *names) {
    if (nodes.size() == kMostNodes) break;
    const auto text = base::read_file(base::join_path(base::join_path(topology, name), "properties"));
    auto node = text ? parse_node(*text) : std::nullopt;
    if (!node) continue;
    const auto directory = directories.find(node->render_minor);
    if (directory == directories.end()) continue;
    node->directory = directory->second;
    nodes.push_back(*std::move(node));
  }
  std::ranges::sort(nodes, {}, &AmdNode::render_minor);
  return nodes;
}

void add_amd_topology(std::vector<Device>& devices, const std::vector<AmdNode>& nodes) {
  for (Device& device : devices) {
    if (device.vendor != Vendor::kAmd || !device.address) continue;
    const auto is_device = [&](const AmdNode& node) {
      return parse_pci_address(node.directory) == device.address;
    };
    const auto own = std::ranges::find_if(nodes, is_device);
    if (own == nodes.end()) continue;
    std::vector<const AmdNode*> its;
    for (const AmdNode& node : nodes) {
      if (&node == &*own || (own->unique_id != 0 && node.unique_id == own->unique_id)) its.push_back(&node);
    }
    if (!device.divided && its.size() == 1) {
      device.sm_count = own->compute_units;
      device.render_minor = own->render_minor;
      device.kubernetes_id = own->directory;
    }
    if (!device.divided || its.size() != device.instances.size()) continue;
    for (std::size_t i = 0; i < its.size(); ++i) {
      device.instances[i].sm_count = its[i]->compute_units;
      device.instances[i].render_minor = its[i]->render_minor;
      device.instances[i].uuid = its[i]->directory;
    }
  }
}

}  // namespace ceems::gpu
