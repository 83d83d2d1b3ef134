#include "unit/lsf_jobs.h"

#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace ceems::unit {

namespace {

constexpr std::size_t kMostGpus = 256;

class HostNames {
 public:
  explicit HostNames(const std::vector<std::string>& names) : names_(names) {}
  bool have(std::string_view name) const {
    const std::string_view short_name = name.substr(0, name.find('.'));
    return std::ranges::any_of(names_, [&](const std::string& own) {
      return base::equals_ignoring_case(own, name) || base::equals_ignoring_case(own, short_name);
    });
  }

 private:
  const std::vector<std::string>& names_;
};

// "n7:n7:n8": a host for each slot; "2*n7" is two of them.
std::uint64_t slots_in(std::string_view text, const HostNames& hosts) {
  std::uint64_t slots = 0;
  for (std::string_view host : base::split(text, ':')) {
    std::uint64_t times = 1;
    if (const std::size_t star = host.find('*'); star != std::string_view::npos) {
      times = base::parse_u64(host.substr(0, star)).value_or(0);
      host.remove_prefix(star + 1);
    }
    constexpr std::uint64_t kMostSlots = 65'536;
    if (hosts.have(base::trim(host))) slots += std::min(times, kMostSlots);
  }
  return slots;
}

// "n7:0,1;n8:0".
std::optional<std::vector<std::uint32_t>> gpus_in(std::string_view text, const HostNames& hosts) {
  std::vector<std::uint32_t> gpus;
  for (const std::string_view part : base::split(text, ';')) {
    const std::size_t colon = part.find(':');
    if (colon == std::string_view::npos || !hosts.have(base::trim(part.substr(0, colon)))) continue;
    const std::string_view list = part.substr(colon + 1);
    if (list.find('/') != std::string_view::npos) return std::nullopt;
    for (const std::string_view piece : base::split(list, ',')) {
      const auto number = base::parse_u64(base::trim(piece));
      if (!number || *number > std::numeric_limits<std::uint32_t>::max() || gpus.size() >= kMostGpus)
        continue;
      const auto gpu = static_cast<std::uint32_t>(*number);
      if (std::ranges::find(gpus, gpu) == gpus.end()) gpus.push_back(gpu);
    }
  }
  return gpus;
}

}  // namespace

base::Result<std::map<std::string, LsfJob>> parse_lsf_jobs(std::string_view text,
                                                           const std::vector<std::string>& hostnames) {
  CEEMS_TRY(const json::value answer, json::parse(text, "bjobs"));
  CEEMS_TRY(const json::array* records, json::need_array(answer, {"RECORDS"}, "bjobs"));
  const HostNames hosts(hostnames);
  std::map<std::string, LsfJob> jobs;
  for (const json::value& record : *records) {
    // Numbers are texts too, in some versions.
    std::string id = json::loose_text_member(record, "JOBID");
    if (id.empty()) continue;
    if (const std::string index = json::loose_text_member(record, "JOBINDEX"); !index.empty() && index != "0")
      id += "[" + index + "]";
    jobs.insert_or_assign(std::move(id),
                          LsfJob{.slots = slots_in(json::loose_text_member(record, "ALLOC_SLOT"), hosts),
                                 .gpus = gpus_in(json::loose_text_member(record, "GPU_ALLOC"), hosts)});
  }
  return jobs;
}

}  // namespace ceems::unit
