// What SLURM's gres.conf says of GPUs that several jobs share: shards, and NVIDIA's MPS.
//
// A line is a set of Key=Value pairs with blanks between them, keys of any case; "#" starts a comment and a
// backslash at its end continues it. A line counts if it has no NodeName, or one with this host. Other lines,
// and keys that have nothing to do with sharing, are passed over. Thread-safe.
//
// Source: gres.conf(5).
#pragma once

#include "base/result.h"
#include "gpu/device.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

enum class GresType : std::uint8_t { kShard, kMps };

// A device file that a line names.
struct GresFile {
  enum class Kind : std::uint8_t { kNvidia, kNvidiaCapability, kRender };
  Kind kind = Kind::kNvidia;
  std::uint32_t minor = 0;
  bool operator==(const GresFile&) const = default;
};

struct GresLine {
  GresType type = GresType::kShard;
  std::uint64_t count = 0;
  std::vector<GresFile> files;  // none: the count is for all GPUs together
  bool operator==(const GresLine&) const = default;
};

struct GresConf {
  std::vector<GresLine> lines;
  bool operator==(const GresConf&) const = default;

  bool has(GresType type) const;
};

struct GresOptions {
  std::vector<std::string> hostnames;  // under which names this host may be listed
  // Of a file that "Include" names; empty for one that cannot be read.
  std::function<std::string(const std::string& path)> include;
  // As release 0.10.2 took it: NodeName is passed over, and of several GPUs in one line the last one counts.
  bool compat = false;
};

GresConf parse_gres_conf(std::string_view text, const GresOptions& options);

// What of a device's minors is one of MIG's capabilities: <procfs>/driver/nvidia-caps/mig-minors has lines
// like "gpu0/gi5/ci0/access 29".
struct MigCapability {
  std::uint32_t minor = 0;      // of /dev/nvidia-caps/nvidia-cap<minor>
  std::uint32_t gpu_minor = 0;  // of /dev/nvidia<minor>
  std::uint32_t gpu_instance_id = 0;
  std::optional<std::uint32_t> compute_instance_id;  // none: it is of the GPU instance
  bool operator==(const MigCapability&) const = default;
};
std::vector<MigCapability> parse_mig_minors(std::string_view text);

}  // namespace ceems::unit
