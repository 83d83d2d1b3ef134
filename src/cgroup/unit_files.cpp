#include "cgroup/unit_files.h"

#include "base/file.h"
#include "base/text.h"
#include "cgroup/scan.h"
#include "cgroup/unit_pass.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace ceems::cgroup {

namespace {

// Whether a v1 block I/O file lists any device.
bool has_device_line(const std::string& path) {
  const auto text = base::read_file(path);
  if (!text) return false;
  std::vector<DeviceIo> devices;
  scan_blkio(*text, devices, &DeviceIo::read_bytes, &DeviceIo::write_bytes);
  return !devices.empty();
}

struct IoNames {
  const char* bytes;
  const char* requests;
};

IoNames choose_io_files(const std::string& directory, bool compat) {
  constexpr IoNames kScheduler = {"blkio.io_service_bytes_recursive", "blkio.io_serviced_recursive"};
  constexpr IoNames kRecursive = {"blkio.throttle.io_service_bytes_recursive",
                                  "blkio.throttle.io_serviced_recursive"};
  constexpr IoNames kPlain = {"blkio.throttle.io_service_bytes", "blkio.throttle.io_serviced"};
  const auto holds_data = [&](const char* name) { return has_device_line(base::join_path(directory, name)); };
  if (holds_data(kScheduler.bytes) && holds_data(kScheduler.requests)) return kScheduler;
  if (!compat && base::exists(base::join_path(directory, kRecursive.bytes))) return kRecursive;
  return kPlain;
}

}  // namespace

std::vector<std::string> huge_page_sizes(const std::string& sysfs) {
  constexpr std::string_view kPrefix = "hugepages-";
  constexpr std::string_view kSuffix = "kB";
  constexpr std::uint64_t kKibPerMib = 1024;
  constexpr std::uint64_t kKibPerGib = kKibPerMib * 1024;
  std::vector<std::string> sizes;
  const auto names = base::list_directory(base::join_path(sysfs, "kernel/mm/hugepages"));
  if (!names) return sizes;
  for (std::string_view name : *names) {
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    name.remove_prefix(kPrefix.size());
    name.remove_suffix(std::min(name.size(), kSuffix.size()));
    const auto kib = base::parse_u64(name);
    if (!kib || *kib == 0) continue;
    if (*kib >= kKibPerGib) {
      sizes.push_back(fmt::format("{}GB", *kib / kKibPerGib));
    } else if (*kib >= kKibPerMib) {
      sizes.push_back(fmt::format("{}MB", *kib / kKibPerMib));
    } else {
      sizes.push_back(fmt::format("{}KB", *kib));
    }
  }
  std::ranges::sort(sizes);
  return sizes;
}

UnitFiles::UnitFiles(std::string path, ReadPlan plan) : path_(std::move(path)), plan_(plan) {}

UnitFiles::~UnitFiles() {
  close();
}

void UnitFiles::release(File& file) {
  if (file.state == State::kKept) {
    ::close(file.fd);
    budget_->give_back();
  }
  file = File{};
}

void UnitFiles::close() {
  for (File& file : files_)
    release(file);
  for (File& file : huge_page_files_)
    release(file);
  flavours_.fill(Flavour::kNone);
  resolved_ = false;
}

void UnitFiles::forget_missing() {
  const auto forget = [](File& file) {
    if (file.state == State::kMissing) file.state = State::kUnopened;
  };
  std::ranges::for_each(files_, forget);
  std::ranges::for_each(huge_page_files_, forget);
  vcpus_.forget();
  if (cpuset_length_ != path_.size()) release(files_[static_cast<std::size_t>(FileId::kCpuset)]);
}

// Where each controller has this cgroup. What cannot get better costs no system call.
void UnitFiles::find_controllers(const Layout& layout) {
  std::optional<bool> in_unified;
  for (std::size_t i = 0; i < kControllerCount; ++i) {
    const std::string& root = layout.legacy_roots[i];
    if (flavours_[i] == Flavour::kLegacy || (flavours_[i] == Flavour::kUnified && root.empty())) continue;
    // A cpuset may be that of an ancestor, so its hierarchy alone decides.
    const bool any_depth = static_cast<Controller>(i) == Controller::kCpuset;
    if (!root.empty() && (any_depth || base::is_directory(base::join_path(root, path_)))) {
      set_flavour(i, Flavour::kLegacy);
    } else if (!layout.unified_root.empty()) {
      if (!in_unified) in_unified = base::is_directory(base::join_path(layout.unified_root, path_));
      if (*in_unified) set_flavour(i, Flavour::kUnified);
    }
  }
}

void UnitFiles::set_flavour(std::size_t controller, Flavour flavour) {
  if (flavours_[controller] == flavour) return;
  flavours_[controller] = flavour;
  for (std::size_t i = 0; i < kFileCount; ++i) {
    if (static_cast<std::size_t>(file_spec(static_cast<FileId>(i)).controller) == controller)
      release(files_[i]);
  }
  if (static_cast<Controller>(controller) != Controller::kHugetlb) return;
  for (File& file : huge_page_files_)
    release(file);
}

bool UnitFiles::has_controller(Flavour flavour) const {
  for (std::size_t i = 0; i < kControllerCount; ++i) {
    if (flavours_[i] == flavour && static_cast<Controller>(i) != Controller::kCpuset) return true;
  }
  return false;
}

base::Status UnitFiles::check_controllers(const Layout& layout) const {
  if (has_controller(Flavour::kUnified)) {
    const std::string controllers =
        base::join_path(base::join_path(layout.unified_root, path_), "cgroup.controllers");
    if (auto opened = base::open_for_reading(controllers); !opened) return std::unexpected(opened.error());
    return {};
  }
  if (has_controller(Flavour::kLegacy)) return {};
  const std::string directory =
      base::join_path(layout.active_root.empty() ? layout.unified_root : layout.active_root, path_);
  if (!base::is_directory(directory)) return base::fail(base::ErrorCode::kGone, path_, "has ended");
  return base::fail(base::ErrorCode::kNotFound, path_, "no controller that is read has this cgroup");
}

base::Status UnitFiles::resolve(const ReadContext& context) {
  const Layout& layout = context.layout;
  find_controllers(layout);
  if (!resolved_) CEEMS_TRY_VOID(check_controllers(layout));
  cpuset_length_ = path_.size();
  const bool io_is_missing = files_[static_cast<std::size_t>(FileId::kIoBytes)].state == State::kUnopened;
  if (plan_.io && io_is_missing &&
      flavours_[static_cast<std::size_t>(Controller::kBlkio)] == Flavour::kLegacy) {
    const IoNames names =
        choose_io_files(base::join_path(layout.legacy_root(Controller::kBlkio), path_), plan_.compat);
    release(files_[static_cast<std::size_t>(FileId::kIoRequests)]);
    io_bytes_name_ = names.bytes;
    io_requests_name_ = names.requests;
  }
  if (plan_.extra) huge_page_files_.resize(context.huge_page_sizes.size());
  resolved_ = true;
  return {};
}

base::Status UnitFiles::read(const ReadContext& context, Usage& usage) {
  budget_ = &context.budget;
  if (retry_ && resolved_) forget_missing();
  if (retry_ || !resolved_) CEEMS_TRY_VOID(resolve(context));
  retry_ = false;
  return Pass(*this, context, usage).run();
}

}  // namespace ceems::cgroup
