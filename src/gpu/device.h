// The GPUs of a node, whatever their vendor and however they were found. Plain data. An empty optional is
// "not known".
//
// Every device, and where devices are divided every part of one, has an index: its number on this node, as
// decimal text, as resource managers count them. A device that is divided has none: nobody can be given the
// whole of it.
#pragma once

#include "gpu/pci_address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::gpu {

enum class Vendor : std::uint8_t { kNvidia, kAmd };
// "nvidia", "amd".
std::string_view vendor_name(Vendor vendor);

// A part of a device that can be given away: a compute instance of MIG, a partition of AMD.
struct Instance {
  std::string index;         // on this node
  std::uint32_t number = 0;  // among those of its device, as the tools count them
  std::uint32_t gpu_instance_id = 0;
  std::uint32_t compute_instance_id = 0;
  std::string uuid;  // NVIDIA: "MIG-…"; AMD: as its device plug-in for Kubernetes names it
  std::optional<std::uint32_t> sm_count;      // multiprocessors, compute units
  std::optional<std::uint32_t> render_minor;  // AMD: of /dev/dri/renderD<minor>

  bool operator==(const Instance&) const = default;
};

// What a VM has of a device, or of a part of one, as the vendor's tool says.
struct VirtualGpu {
  std::string mdev;                              // UUID of the mediated device; empty where there is none
  std::string vm;                                // UUID of the VM; empty if it is not known
  std::optional<std::uint32_t> gpu_instance_id;  // none: of the whole device

  bool operator==(const VirtualGpu&) const = default;
};

struct Device {
  Vendor vendor = Vendor::kNvidia;
  std::uint32_t number = 0;                   // among those of its vendor, as the tools count them
  std::string index;                          // on this node; empty for one that is divided
  std::optional<std::uint32_t> minor;         // NVIDIA: of /dev/nvidia<minor>
  std::optional<std::uint32_t> render_minor;  // AMD: of /dev/dri/renderD<minor>
  std::string uuid;           // NVIDIA: "GPU-…"; AMD: serial number, or what else tells it from others
  std::string kubernetes_id;  // AMD: as its device plug-in names it; empty for NVIDIA, where it is the uuid
  std::string name;           // "NVIDIA H200"
  std::optional<PciAddress> address;
  std::optional<std::uint32_t> sm_count;
  bool divided = false;  // MIG is on, or there are several partitions
  bool vgpu = false;     // the host gives virtual GPUs of it to VMs
  std::vector<Instance> instances;
  std::vector<PciAddress> virtual_functions;  // SR-IOV's, of this device
  std::vector<VirtualGpu> virtual_gpus;

  bool operator==(const Device&) const = default;
};

// Bounds for what tools and drivers say.
inline constexpr std::size_t kMostDevices = 64;
inline constexpr std::size_t kMostInstances = 64;  // of one device
inline constexpr std::size_t kMostVirtualFunctions = 256;
inline constexpr std::size_t kMostVirtualGpus = 256;

// Gives devices and instances of NVIDIA their indices: whole devices and instances have one common count.
void number_devices(std::vector<Device>& devices);

}  // namespace ceems::gpu
