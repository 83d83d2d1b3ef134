#include "units.h"

#include "base/fd.h"
#include "base/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <string_view>
#include <utility>

namespace ceems::bench {

namespace {

base::Status write_to(const std::string& path, std::string_view text) {
  const base::Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) < 0) return base::fail_errno(errno, path);
  return {};
}

base::Status make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return base::fail_errno(errno, path);
  return {};
}

// A v1 cpuset takes no process before it has CPUs and memory nodes.
base::Status copy_cpuset(const std::string& from, const std::string& to) {
  for (const char* name : {"/cpuset.cpus", "/cpuset.mems"}) {
    if (!base::exists(to + name) || base::exists(to + "/cpuset.cpus.effective")) continue;
    CEEMS_TRY(const std::string text, base::read_file(from + name));
    CEEMS_TRY_VOID(write_to(to + name, text));
  }
  return {};
}

}  // namespace

std::string Units::path(std::size_t i) const {
  if (shape_ == Shape::kSlurm) return fmt::format("{}/job_{}", parent_, i + 1);
  return fmt::format("{}/unit-{}", parent_, i);
}

std::string Units::searched_directory() const {
  return (unified() ? layout_.unified_root : layout_.active_root) + parent_;
}

void Units::choose_places(const std::string& name) {
  if (shape_ == Shape::kFlat) {
    parents_ = {"/" + name};
  } else if (unified()) {
    parents_ = {"/system.slice", "/system.slice/" + name + "_slurmstepd.scope"};
    inside_ = {
        "/step_batch",   "/step_batch/slurm", "/step_batch/user",    "/step_batch/user/task_0", "/step_0",
        "/step_0/slurm", "/step_0/user",      "/step_0/user/task_1", "/step_0/user/task_0"};
  } else {
    parents_ = {"/slurm_" + name, "/slurm_" + name + "/uid_1000"};
    inside_ = {"/step_batch", "/step_batch/task_0", "/step_0", "/step_0/task_1", "/step_0/task_0"};
  }
  parent_ = parents_.back();
}

base::Result<Units> Units::make(const std::string& name, std::size_t count, Shape shape) {
  Units units;
  units.shape_ = shape;
  units.layout_ = cgroup::detect_layout("/sys/fs/cgroup", cgroup::ForceVersion::kDetect, "cpuacct");
  units.choose_places(name);
  if (units.unified()) {
    units.roots_.push_back(units.layout_.unified_root);
  } else {
    using enum cgroup::Controller;
    std::set<std::pair<dev_t, ino_t>> seen;
    for (const auto controller : {kCpuacct, kCpu, kMemory, kBlkio, kCpuset}) {
      const std::string& root = units.layout_.legacy_root(controller);
      struct stat info{};
      if (root.empty() || ::stat(root.c_str(), &info) != 0) continue;
      if (seen.emplace(info.st_dev, info.st_ino).second) units.roots_.push_back(root);
    }
  }
  CEEMS_TRY_VOID(units.make_parents());
  for (std::size_t i = 0; i < count; ++i) {
    units.count_ = i + 1;
    CEEMS_TRY_VOID(units.make_unit(i));
  }
  return units;
}

base::Status Units::make_parents() {
  for (const std::string& root : roots_) {
    std::string above = root;
    for (const std::string& parent : parents_) {
      CEEMS_TRY_VOID(make_directory(root + parent));
      CEEMS_TRY_VOID(copy_cpuset(above, root + parent));
      for (const char* controller : {"+cpu", "+memory", "+cpuset", "+io"}) {
        if (!unified()) break;
        // What the kernel does not offer stays off.
        (void)write_to(above + "/cgroup.subtree_control", controller);
        (void)write_to(root + parent + "/cgroup.subtree_control", controller);
      }
      above = root + parent;
    }
  }
  return {};
}

base::Status Units::make_unit(std::size_t i) {
  const pid_t process = ::fork();
  if (process < 0) return base::fail_errno(errno, "fork");
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_IGN);  // the terminal's goes to all of us; the parent cleans up
    while (true)
      ::pause();
  }
  processes_.push_back(process);
  for (const std::string& root : roots_) {
    const std::string directory = root + path(i);
    CEEMS_TRY_VOID(make_directory(directory));
    CEEMS_TRY_VOID(copy_cpuset(root + parent_, directory));
    for (const std::string& inner : inside_) {
      CEEMS_TRY_VOID(make_directory(directory + inner));
      CEEMS_TRY_VOID(copy_cpuset(base::parent_path(directory + inner), directory + inner));
    }
    const std::string innermost = inside_.empty() ? std::string() : inside_.back();
    CEEMS_TRY_VOID(write_to(directory + innermost + "/cgroup.procs", fmt::format("{}", process)));
  }
  return {};
}

Units::~Units() {
  for (const pid_t process : processes_)
    ::kill(process, SIGKILL);
  for (const pid_t process : processes_)
    ::waitpid(process, nullptr, 0);
  for (const std::string& root : roots_) {
    for (std::size_t i = 0; i < count_; ++i) {
      const std::string directory = root + path(i);
      for (auto inner = inside_.rbegin(); inner != inside_.rend(); ++inner)
        ::rmdir((directory + *inner).c_str());
      ::rmdir(directory.c_str());
    }
    // One that was there before has others in it, or systemd makes it again.
    for (auto parent = parents_.rbegin(); parent != parents_.rend(); ++parent)
      ::rmdir((root + *parent).c_str());
  }
}

}  // namespace ceems::bench
