// For tests of several rooms: directories that look like cgroups, and real cgroups where this machine lets us
// make some. Everything is removed again.
#pragma once

#include "base/file.h"
#include "base/temporary_directory_test.h"
#include "cgroup/layout.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

namespace ceems::cgroup::testing {

// A directory of ordinary files.
class FakeTree : public base::TemporaryDirectory {
 public:
  const std::string& root() const { return path(); }
};

// Removes a cgroup and those below it; files in it cannot be and need not be removed.
inline void remove_cgroups(const std::string& directory) {
  std::error_code error;
  std::vector<std::string> below;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_directory(error) && !entry.is_symlink(error)) below.push_back(entry.path());
  }
  for (const std::string& path : below)
    remove_cgroups(path);
  ::rmdir(directory.c_str());
}

// A cgroup of our own in every hierarchy of this machine that lets us make one.
class RealCgroup {
 public:
  explicit RealCgroup(std::string_view name)
      : path_(fmt::format("/ceems-test-{}-{}", ::getpid(), name)),
        layout_(detect_layout("/sys/fs/cgroup", ForceVersion::kDetect, "cpuacct")) {
    for (const std::string& root : layout_.legacy_roots)
      make(root);
    make(layout_.unified_root);
  }
  RealCgroup(const RealCgroup&) = delete;
  RealCgroup& operator=(const RealCgroup&) = delete;
  ~RealCgroup() {
    for (const pid_t pid : processes_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    for (const std::string& directory : directories_)
      remove_cgroups(directory);
  }

  bool made() const { return !directories_.empty(); }
  const Layout& layout() const { return layout_; }
  const std::string& path() const { return path_; }
  const std::vector<std::string>& directories() const { return directories_; }

  void make_below(std::string_view below) const {
    for (const std::string& directory : directories_) {
      const std::string made = directory + std::string(below);
      ::mkdir(made.c_str(), 0755);
      inherit_cpuset(directory, made);
    }
  }
  void remove_below(std::string_view below) const {
    for (const std::string& directory : directories_)
      remove_cgroups(directory + std::string(below));
  }
  // A child process inside the cgroup `below`, running `work` until it is killed. It is in there on return.
  bool spawn(std::string_view below, void (*work)()) {
    std::array<int, 2> ready{};
    if (::pipe2(ready.data(), O_CLOEXEC) != 0) return false;
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (const std::string& directory : directories_) {
        const std::string file = directory + std::string(below) + "/cgroup.procs";
        const int fd = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
        if (fd < 0 || ::write(fd, "0", 1) != 1) ::_exit(1);
      }
      if (::write(ready[1], "", 1) != 1) ::_exit(1);
      work();
      ::_exit(0);
    }
    ::close(ready[1]);
    char byte = 0;
    const bool inside = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
    if (pid > 0) processes_.push_back(pid);
    return inside;
  }

 private:
  void make(const std::string& root) {
    if (root.empty()) return;
    const std::string directory = root + path_;
    if (::mkdir(directory.c_str(), 0755) == 0) {
      directories_.push_back(directory);
      inherit_cpuset(root, directory);
    }
  }
  // Under v1 a cpuset starts empty, and then takes no process.
  static void inherit_cpuset(const std::string& root, const std::string& directory) {
    for (const char* name : {"/cpuset.cpus", "/cpuset.mems"}) {
      const auto text = base::read_file(root + name);
      if (text && base::exists(directory + name)) std::ofstream(directory + name) << *text;
    }
  }

  std::string path_;
  Layout layout_;
  std::vector<std::string> directories_;
  std::vector<pid_t> processes_;
};

}  // namespace ceems::cgroup::testing
