#include "power/rapl_zone.h"

#include "base/file.h"
#include "base/text.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::power {

namespace {

base::Result<std::uint64_t> parse(std::string_view text, std::string_view subject) {
  const auto value = base::parse_u64(base::trim(text));
  if (!value)
    return base::fail(base::ErrorCode::kInvalid, subject, "not a number: '{:.40}'", base::trim(text));
  return *value;
}

base::Result<std::uint64_t> read_number(const base::Fd& fd, std::string_view subject) {
  std::array<char, 64> buffer;
  CEEMS_TRY(const std::string_view text, base::pread_file(fd.get(), buffer, subject));
  return parse(text, subject);
}

base::Fd open_if_there(const std::string& path) {
  auto fd = base::open_for_reading(path);
  return fd ? *std::move(fd) : base::Fd();
}

}  // namespace

std::uint64_t WrapCounter::add(std::uint64_t raw) {
  if (!previous_) {
    total_ = raw;
  } else if (raw >= *previous_) {
    total_ += raw - *previous_;
  } else {
    total_ += (range_ > *previous_ ? range_ - *previous_ : 0) + raw;
  }
  previous_ = raw;
  return total_;
}

RaplZone::RaplZone(RaplZoneId id, const OpenFile& open_privileged) : id_(std::move(id)) {
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    constraints_[i].window =
        open_if_there(base::join_path(id_.path, fmt::format("constraint_{}_time_window_us", i)));
    constraints_[i].limit =
        open_if_there(base::join_path(id_.path, fmt::format("constraint_{}_power_limit_uw", i)));
  }
  // What is wrong now may be right when energy is asked for, so that is where it is reported.
  (void)open(open_privileged);
}

void RaplZone::continue_from(const RaplZone& earlier) {
  if (!earlier.counter_ || (counter_ && counter_->range() != earlier.counter_->range())) return;
  counter_ = earlier.counter_;
}

base::Status RaplZone::open(const OpenFile& open_privileged) {
  const std::string range_path = base::join_path(id_.path, "max_energy_range_uj");
  CEEMS_TRY(const std::string text, base::read_file(range_path, 64));
  CEEMS_TRY(const std::uint64_t range, parse(text, range_path));
  if (range == 0)
    return base::fail(base::ErrorCode::kInvalid, range_path, "an energy counter without a range");
  CEEMS_TRY(energy_, open_privileged(base::join_path(id_.path, "energy_uj")));
  if (!counter_ || counter_->range() != range) counter_.emplace(range);
  return {};
}

base::Result<std::uint64_t> RaplZone::read_energy(const OpenFile& open_privileged) {
  if (!energy_) CEEMS_TRY_VOID(open(open_privileged));
  auto raw = read_number(energy_, id_.path);
  if (!raw) {
    if (raw.error().code == base::ErrorCode::kGone) energy_.reset();
    return raw;
  }
  return counter_->add(*raw);
}

std::optional<std::uint64_t> RaplZone::read_power_limit() const {
  std::uint64_t longest = 0;
  std::size_t choice = 0;
  for (std::size_t i = 0; i < constraints_.size(); ++i) {
    if (!constraints_[i].window) continue;
    const auto window = read_number(constraints_[i].window, id_.path);
    if (window && *window > longest) {
      longest = *window;
      choice = i;
    }
  }
  if (!constraints_[choice].limit) return std::nullopt;
  const auto limit = read_number(constraints_[choice].limit, id_.path);
  return limit ? std::optional(*limit) : std::nullopt;
}

}  // namespace ceems::power
