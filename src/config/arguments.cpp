#include "config/arguments.h"

#include "base/file.h"
#include "base/text.h"

#include <string_view>
#include <utility>

namespace ceems::config {

namespace {

constexpr std::size_t kMaxFiles = 100;

}  // namespace

base::Result<std::optional<std::string>> Arguments::next() {
  while (!words_.empty()) {
    std::string word = std::move(words_.front());
    words_.pop_front();
    if (literal_ || !word.starts_with('@')) return word;
    CEEMS_TRY_VOID(read_arguments(word.substr(1)));
  }
  return std::nullopt;
}

base::Status Arguments::read_arguments(const std::string& path) {
  if (path.empty()) return base::fail(base::ErrorCode::kInvalid, "@", "needs the name of a file");
  if (++files_ > kMaxFiles)
    return base::fail(base::ErrorCode::kTooLarge, "@" + path, "too many argument files");
  CEEMS_TRY(const std::string content, base::read_file(path));
  std::vector<std::string> lines;
  std::string_view rest = content;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty() && !line.starts_with('#')) lines.emplace_back(line);
  }
  words_.insert(words_.begin(), lines.begin(), lines.end());
  return {};
}

}  // namespace ceems::config
