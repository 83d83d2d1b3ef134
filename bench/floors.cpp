#include "floors.h"

#include "cgroup/file_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

namespace ceems::bench {

namespace {

using cgroup::FileId;

constexpr std::array<FileId, kFilesPerUnit> kFiles = {FileId::kCpuStat,      FileId::kMemoryStat,
                                                      FileId::kMemoryUsed,   FileId::kMemoryLimit,
                                                      FileId::kMemoryEvents, FileId::kCpuset};
constexpr std::size_t kBuffer = 4096;

std::string root_of(const Units& units, FileId id) {
  return units.unified() ? units.layout().unified_root
                         : units.layout().legacy_root(cgroup::file_spec(id).controller);
}

const char* name_of(const Units& units, FileId id) {
  const cgroup::FileSpec& spec = cgroup::file_spec(id);
  return units.unified() ? spec.unified : spec.legacy;
}

void read_once(const char* path) {
  char buffer[kBuffer];
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  while (::read(fd, buffer, sizeof(buffer)) > 0) {
  }
  ::close(fd);
}

// Whether a directory has others inside only a look into it tells.
void walk(const char* directory, bool reads_processes) {
  char path[4096];
  if (reads_processes) {
    ::snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
    read_once(path);
  }
  DIR* inner = ::opendir(directory);
  if (inner == nullptr) return;
  while (const dirent* entry = ::readdir(inner)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    ::snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
    walk(path, reads_processes);
  }
  ::closedir(inner);
}

}  // namespace

NaiveFloor::NaiveFloor(const Units& units)
    : searched_(units.searched_directory()),
      parent_(units.parent()),
      reads_processes_(units.shape() == Shape::kSlurm) {
  for (std::size_t i = 0; i < kFilesPerUnit; ++i) {
    roots_[i] = root_of(units, kFiles[i]);
    names_[i] = name_of(units, kFiles[i]);
  }
}

void NaiveFloor::pass() {
  char path[4096];
  DIR* directory = ::opendir(searched_.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    ::snprintf(path, sizeof(path), "%s/%s", searched_.c_str(), entry->d_name);
    walk(path, reads_processes_);
    for (std::size_t i = 0; i < kFilesPerUnit; ++i) {
      ::snprintf(path, sizeof(path), "%s%s/%s/%s", roots_[i].c_str(), parent_.c_str(), entry->d_name,
                 names_[i]);
      read_once(path);
    }
  }
  ::closedir(directory);
}

PreadFloor::PreadFloor(const Units& units) {
  for (std::size_t unit = 0; unit < units.count(); ++unit) {
    for (const FileId id : kFiles) {
      const std::string path = root_of(units, id) + units.path(unit) + "/" + name_of(units, id);
      const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
      if (fd < 0) {
        status_ = base::fail_errno(errno, path);
        return;
      }
      files_.push_back(fd);
    }
  }
}

PreadFloor::~PreadFloor() {
  for (const int fd : files_)
    ::close(fd);
}

void PreadFloor::pass() {
  char buffer[kBuffer];
  for (const int fd : files_) {
    if (::pread(fd, buffer, sizeof(buffer), 0) < 0) status_ = base::fail_errno(errno, "pread");
  }
}

}  // namespace ceems::bench
