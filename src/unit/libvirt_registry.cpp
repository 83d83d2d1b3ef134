#include "unit/libvirt_registry.h"

#include "base/file.h"
#include "base/privilege.h"
#include "base/text.h"
#include "unit/libvirt_name.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>
#include <utility>

namespace ceems::unit {

namespace {

constexpr std::string_view kSuffix = ".xml";
constexpr std::array<std::string_view, 1> kReadFiles{"CAP_DAC_READ_SEARCH"};
// A domain that is new may get its file a moment later.
constexpr int kEagerLooks = 5;
constexpr std::size_t kMostFiles = 10'000;  // of one directory
constexpr std::size_t kMostCandidates = 64;
// All that one sync reads; the rest is read in the next.
constexpr auto kPatience = std::chrono::milliseconds(500);

}  // namespace

LibvirtRegistry::LibvirtRegistry(std::vector<std::string> directories, base::Logger logger)
    : directories_(std::move(directories)), logger_(std::move(logger)), watch_(directories_) {}

void LibvirtRegistry::follow(std::span<const Unit* const> units, bool everything) {
  bool changed = follow_units(units);
  note_events();
  if (everything) {
    for (auto& [path, known] : known_) {
      const Need need = known.is_found ? Need::kLookAtFile : Need::kRead;
      known.need = std::max(known.need, need);
    }
    any_need_ = !known_.empty();
  }
  if (any_need_) {
    const std::uint64_t before = generation_;
    base::run_privileged(kReadFiles, [this] { look_at_all(); });
    changed |= generation_ != before;
  }
  if (changed) give_out_uuids();
}

void LibvirtRegistry::look_at_all() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  // First, so that what is written from now on is noticed.
  watch_.watch_missing();
  AllFiles files;
  any_need_ = false;
  for (auto& [path, known] : known_) {
    if (known.need == Need::kLookAtFile && stamp_of(known.file) == known.stamp) known.need = Need::kNothing;
    if (known.need != Need::kNothing && std::chrono::steady_clock::now() < deadline) look(known, files);
    any_need_ |= known.need != Need::kNothing;
  }
}

// True if some went.
bool LibvirtRegistry::follow_units(std::span<const Unit* const> units) {
  std::uint64_t print = units.size();
  for (const Unit* unit : units)
    print += unit->serial * 0x9E37'79B9'7F4A'7C15;
  if (print == units_print_) return false;
  units_print_ = print;
  ++pass_;
  for (const Unit* unit : units) {
    const auto [entry, is_new] = known_.try_emplace(unit->path);
    Known& known = entry->second;
    known.seen = pass_;
    if (!is_new) continue;
    known.name = unit->claim.name;
    known.number = unit->claim.groups.empty() ? "" : unit->claim.groups.front();
    any_need_ = true;
  }
  return std::erase_if(known_, [&](const auto& entry) { return entry.second.seen != pass_; }) > 0;
}

void LibvirtRegistry::note_events() {
  const auto is_of = [&](const Known& known, std::string_view name) {
    const std::string_view stem = name.substr(0, name.size() - kSuffix.size());
    return !known.is_found || stem == known.domain.name ||
           libvirt_short_name(known.number, stem) == known.name;
  };
  const bool whole = watch_.drain([&](std::string_view name) {
    if (!name.ends_with(kSuffix)) return;
    for (auto& [path, known] : known_) {
      if (!is_of(known, name)) continue;
      known.need = Need::kRead;
      any_need_ = true;
    }
  });
  if (whole) return;
  for (auto& [path, known] : known_)
    known.need = Need::kRead;
  any_need_ = !known_.empty();
}

LibvirtRegistry::Files LibvirtRegistry::list_files(std::string_view number) const {
  Files files;
  for (const std::string& directory : directories_) {
    const auto names = base::list_directory(directory);
    if (!names) continue;
    std::size_t seen = 0;
    for (const std::string& name : *names) {
      if (!name.ends_with(kSuffix)) continue;
      if (++seen > kMostFiles) break;
      const std::string_view stem = std::string_view(name).substr(0, name.size() - kSuffix.size());
      files[libvirt_short_name(number, stem)].push_back(base::join_path(directory, name));
    }
  }
  return files;
}

void LibvirtRegistry::look(Known& known, AllFiles& files) {
  std::string problem = "no file describes it";
  ++known.looks;
  known.need = Need::kNothing;
  for (const std::string& directory : directories_) {
    if (try_file(known, base::join_path(directory, known.name + std::string(kSuffix)), problem)) return;
  }
  const auto [of_length, is_new] = files.try_emplace(known.number.size());
  if (is_new) of_length->second = list_files(known.number);
  if (const auto fitting = of_length->second.find(known.name); fitting != of_length->second.end()) {
    std::size_t tried = 0;
    for (const std::string& path : fitting->second) {
      if (++tried > kMostCandidates) break;
      if (try_file(known, path, problem)) return;
    }
  }
  // What was known of it stays.
  if (known.is_found) return;
  if (known.looks < kEagerLooks) known.need = Need::kRead;
  report(known, problem);
}

std::optional<LibvirtRegistry::Stamp> LibvirtRegistry::stamp_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return Stamp{.inode = info.st_ino,
               .nanoseconds = std::int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec,
               .size = info.st_size};
}

bool LibvirtRegistry::try_file(Known& known, const std::string& path, std::string& problem) {
  const auto stamp = stamp_of(path);
  if (!stamp) return false;
  ++reads_;
  auto text = base::read_file(path, kMostDomainText);
  auto domain =
      text ? parse_libvirt_domain(*text) : base::Result<LibvirtDomain>(std::unexpected(text.error()));
  if (!domain) {
    problem = fmt::format("{}: {}", path, domain.error().message);
    return false;
  }
  // Of a domain whose name was shortened to the same.
  if (domain->is_live && !domain->number.empty() && domain->number != known.number) return false;
  if (known.is_reported) {
    logger_.info("What libvirt writes of a VM can be read", {{"domain", known.name}, {"file", path}});
  }
  known.is_reported = false;
  known.stamp = *stamp;
  known.file = path;
  if (known.is_found && known.domain == *domain) return true;
  known.domain = *std::move(domain);
  known.is_found = true;
  ++generation_;
  return true;
}

void LibvirtRegistry::report(Known& known, const std::string& problem) {
  if (known.is_reported) return;
  known.is_reported = true;
  logger_.warn("A VM is known by the name of its cgroup only: what libvirt writes of it cannot be read",
               {{"domain", known.name}, {"err", problem}});
}

void LibvirtRegistry::give_out_uuids() {
  std::unordered_map<std::string, Known*> holders;
  const auto rank = [](const Known& known) {
    return std::tuple(known.domain.is_live, base::parse_u64(known.number).value_or(0),
                      std::string_view(known.name));
  };
  for (auto& [path, known] : known_) {
    if (!known.is_found) continue;
    Known*& holder = holders[base::to_lower(known.domain.uuid)];
    if (holder == nullptr || rank(*holder) < rank(known)) holder = &known;
  }
  for (auto& [path, known] : known_) {
    if (!known.is_found) continue;
    const Known* holder = holders[base::to_lower(known.domain.uuid)];
    known.has_uuid = holder == &known;
    if (!known.has_uuid && !known.has_twin) {
      logger_.warn("Two VMs have one UUID: only one of them is known by it",
                   {{"uuid", known.domain.uuid}, {"domain", holder->name}, {"other", known.name}});
    }
    known.has_twin = !known.has_uuid;
  }
  ++generation_;
}

std::optional<std::string> LibvirtRegistry::uuid(const Unit& unit) const {
  const auto entry = known_.find(unit.path);
  if (entry == known_.end() || !entry->second.is_found) return std::nullopt;
  const Known& known = entry->second;
  return known.has_uuid ? known.domain.uuid : known.name;
}

std::optional<GpuClaim> LibvirtRegistry::gpus(const Unit& unit) const {
  const auto entry = known_.find(unit.path);
  if (entry == known_.end() || !entry->second.is_found) return std::nullopt;
  const LibvirtDomain& domain = entry->second.domain;
  GpuClaim claim;
  claim.addresses = domain.addresses;
  claim.mdevs = domain.mdevs;
  claim.vm = domain.uuid;
  claim.is_whole = true;
  return claim;
}

}  // namespace ceems::unit
