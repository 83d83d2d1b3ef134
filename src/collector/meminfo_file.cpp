#include "collector/meminfo_file.h"

#include "base/file.h"
#include "base/text.h"
#include "exposition/catalogue.h"

#include <unordered_set>
#include <utility>

namespace ceems::collector {

namespace {

constexpr std::size_t kFirstBuffer = std::size_t{8} << 10;
constexpr std::size_t kLargestBuffer = std::size_t{1} << 20;
constexpr std::size_t kMostFields = 4096;

base::Result<MemoryField> parse_line(std::string_view line) {
  const auto malformed = [line] {
    return base::fail(base::ErrorCode::kInvalid, "", "not a field: '{:.60}'", line);
  };
  std::string_view rest = line;
  std::string_view key;
  std::string_view number;
  std::string_view unit;
  std::string_view more;
  if (!base::next_word(rest, key) || !key.ends_with(':') || !base::next_word(rest, number))
    return malformed();
  key.remove_suffix(1);
  const auto value = base::parse_u64(number);
  const bool has_unit = base::next_word(rest, unit);
  if (key.empty() || !value || (has_unit && unit != "kB") || base::next_word(rest, more)) return malformed();
  return MemoryField{key, *value, has_unit};
}

}  // namespace

base::Result<std::vector<MemoryField>> parse_meminfo(std::string_view text) {
  std::vector<MemoryField> fields;
  std::unordered_set<std::string_view> seen;
  std::string_view line;
  while (base::next_line(text, line)) {
    if (base::trim(line).empty()) continue;
    CEEMS_TRY(const MemoryField field, parse_line(line));
    if (!seen.insert(field.key).second) continue;
    if (fields.size() == kMostFields) {
      return base::fail(base::ErrorCode::kTooLarge, "", "more than {} fields", kMostFields);
    }
    fields.push_back(field);
  }
  return fields;
}

std::string meminfo_metric_part(const MemoryField& field) {
  std::string part;
  const std::size_t open = field.key.find('(');
  const std::size_t close = field.key.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    part = field.key;
  } else {
    part = field.key.substr(0, open);
    part += '_';
    part += field.key.substr(open + 1, close - open - 1);
    part += field.key.substr(close + 1);
  }
  if (field.kibibytes) part += "_bytes";
  return exposition::is_metric_name("x" + part) ? part : std::string();
}

MeminfoFile::MeminfoFile(std::string path) : path_(std::move(path)), buffer_(kFirstBuffer) {}

base::Result<std::vector<MemoryField>> MeminfoFile::read() {
  if (!fd_) {
    CEEMS_TRY(fd_, base::open_for_reading(path_));
  }
  while (true) {
    CEEMS_TRY(const std::string_view text, base::pread_file(fd_.get(), buffer_, path_));
    if (text.size() < buffer_.size()) {
      auto fields = parse_meminfo(text);
      if (!fields) fields.error().subject = path_;
      return fields;
    }
    if (buffer_.size() >= kLargestBuffer) {
      return base::fail(base::ErrorCode::kTooLarge, path_, "larger than {} bytes", kLargestBuffer);
    }
    buffer_.resize(buffer_.size() * 2);
  }
}

}  // namespace ceems::collector
