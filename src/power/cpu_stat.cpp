#include "power/cpu_stat.h"

#include "base/file.h"
#include "base/text.h"

#include <unistd.h>

#include <array>
#include <utility>

namespace ceems::power {

namespace {

constexpr std::size_t kFirstBuffer = std::size_t{16} << 10;
constexpr std::size_t kLargestBuffer = std::size_t{4} << 20;

constexpr std::array kFields{&CpuTimes::user,   &CpuTimes::nice,      &CpuTimes::system,  &CpuTimes::idle,
                             &CpuTimes::iowait, &CpuTimes::irq,       &CpuTimes::softirq, &CpuTimes::steal,
                             &CpuTimes::guest,  &CpuTimes::guest_nice};

struct Scan {
  CpuStat stat;
  bool has_total = false;
  bool finished = false;  // a line about something else than CPUs was seen
  bool cut_off = false;   // the text ends inside of a CPU line
};

base::Status read_times(std::string_view numbers, CpuTimes& times) {
  std::string_view word;
  for (std::size_t i = 0; base::next_word(numbers, word); ++i) {
    const auto ticks = base::parse_u64(word);
    if (!ticks) return base::fail(base::ErrorCode::kInvalid, "", "not a number of ticks: '{:.40}'", word);
    if (i < kFields.size()) times.*kFields[i] = *ticks;
  }
  return {};
}

base::Result<Scan> scan(std::string_view text) {
  Scan result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (!line.starts_with("cpu")) {
      // The lines of CPUs come first; a few letters at the end of the text may still become one.
      result.cut_off = end == std::string_view::npos && std::string_view("cpu").starts_with(line);
      result.finished = !result.cut_off;
      return result;
    }
    if (end == std::string_view::npos) {
      result.cut_off = true;
      return result;
    }
    text.remove_prefix(end + 1);
    std::string_view name;
    base::next_word(line, name);
    if (name == "cpu") {
      CEEMS_TRY_VOID(read_times(line, result.stat.total));
      result.has_total = true;
    } else if (base::parse_u64(name.substr(3))) {
      ++result.stat.cpus;
    } else {
      return base::fail(base::ErrorCode::kInvalid, "", "not a CPU: '{:.40}'", name);
    }
  }
  return result;
}

base::Result<CpuStat> judge(const Scan& scan) {
  if (scan.cut_off) return base::fail(base::ErrorCode::kInvalid, "", "cut off in the middle of a line");
  if (!scan.has_total) return base::fail(base::ErrorCode::kInvalid, "", "no line 'cpu'");
  return scan.stat;
}

}  // namespace

base::Result<CpuStat> parse_cpu_stat(std::string_view text) {
  CEEMS_TRY(const Scan result, scan(text));
  return judge(result);
}

double ticks_per_second() {
  static const long ticks = ::sysconf(_SC_CLK_TCK);
  return ticks > 0 ? static_cast<double>(ticks) : 100.0;
}

CpuStatFile::CpuStatFile(std::string path) : path_(std::move(path)), buffer_(kFirstBuffer) {}

base::Result<CpuStat> CpuStatFile::read() {
  if (!fd_) {
    CEEMS_TRY(fd_, base::open_for_reading(path_));
  }
  const auto about_file = [&](base::Error error) {
    error.subject = path_;
    return std::unexpected(std::move(error));
  };
  while (true) {
    CEEMS_TRY(const std::string_view text, base::pread_file(fd_.get(), buffer_, path_));
    const auto result = scan(text);
    if (!result) return about_file(result.error());
    if (result->finished || text.size() < buffer_.size()) {
      const auto stat = judge(*result);
      if (!stat) return about_file(stat.error());
      return *stat;
    }
    if (buffer_.size() >= kLargestBuffer) {
      return base::fail(base::ErrorCode::kTooLarge, path_, "more than {} bytes about CPUs", kLargestBuffer);
    }
    buffer_.resize(buffer_.size() * 2);
  }
}

}  // namespace ceems::power
