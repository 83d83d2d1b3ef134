#include "unit/gres_conf.h"

#include "base/text.h"
#include "unit/host_list.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>

namespace ceems::unit {

namespace {

constexpr std::size_t kMostLines = 4096;
constexpr std::size_t kMostFiles = 256;  // of one line
constexpr int kDeepestInclude = 4;

struct Pair {
  std::string key;  // lower case
  std::string_view value;
};

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

// Cuts the next pair off; false at the end of the line. A word without "=" has an empty value.
bool next_pair(std::string_view& line, Pair& pair) {
  while (!line.empty() && is_blank(line.front()))
    line.remove_prefix(1);
  if (line.empty()) return false;
  std::size_t end = 0;
  bool quoted = false;
  while (end < line.size() && (quoted || !is_blank(line[end])))
    quoted ^= line[end++] == '"';
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  const std::size_t equals = word.find('=');
  pair.key = base::to_lower(word.substr(0, equals));
  pair.value = equals == std::string_view::npos ? "" : word.substr(equals + 1);
  if (pair.value.size() > 1 && pair.value.front() == '"' && pair.value.back() == '"') {
    pair.value = pair.value.substr(1, pair.value.size() - 2);
  }
  return true;
}

// "8", "2K": with suffixes of 1024.
std::optional<std::uint64_t> parse_count(std::string_view text) {
  constexpr std::string_view kSuffixes = "kmgtp";
  std::uint64_t factor = 1;
  if (!text.empty()) {
    const std::size_t at =
        kSuffixes.find(static_cast<char>(std::tolower(static_cast<unsigned char>(text.back()))));
    if (at != std::string_view::npos) {
      text.remove_suffix(1);
      for (std::size_t i = 0; i <= at; ++i)
        factor *= 1024;
    }
  }
  const auto number = base::parse_u64(text);
  constexpr std::uint64_t kMost = std::uint64_t{1} << 60;
  if (!number || *number > kMost / factor) return std::nullopt;
  return *number * factor;
}

void add_files(std::vector<GresFile>& files, std::string_view list, bool compat) {
  struct Prefix {
    std::string_view text;
    GresFile::Kind kind;
  };
  constexpr Prefix kPrefixes[] = {{"/dev/nvidia-caps/nvidia-cap", GresFile::Kind::kNvidiaCapability},
                                  {"/dev/nvidia", GresFile::Kind::kNvidia},
                                  {"/dev/dri/renderD", GresFile::Kind::kRender}};
  for (std::string_view piece : split_outside_brackets(list)) {
    piece = base::trim(piece);
    const auto prefix =
        std::ranges::find_if(kPrefixes, [&](const Prefix& one) { return piece.starts_with(one.text); });
    if (prefix == std::end(kPrefixes)) continue;
    std::string_view numbers = piece.substr(prefix->text.size());
    if (numbers.starts_with('[') && numbers.ends_with(']')) numbers = numbers.substr(1, numbers.size() - 2);
    const auto minors = numbers_of_ranges(numbers, kMostFiles);
    if (!minors) continue;
    if (compat && prefix->kind == GresFile::Kind::kNvidia) {
      std::erase_if(files, [](const GresFile& file) { return file.kind == GresFile::Kind::kNvidia; });
    }
    for (const std::uint32_t minor : *minors) {
      const GresFile file{.kind = prefix->kind, .minor = minor};
      if (files.size() < kMostFiles && std::ranges::find(files, file) == files.end()) files.push_back(file);
    }
  }
}

class Parser {
 public:
  explicit Parser(const GresOptions& options) : options_(options) {}

  void parse(std::string_view text, int depth) {
    std::string continued;
    std::string_view line;
    while (base::next_line(text, line)) {
      line = line.substr(0, line.find('#'));
      while (!line.empty() && is_blank(line.back()))
        line.remove_suffix(1);
      const bool goes_on = line.ends_with('\\');
      if (goes_on) line.remove_suffix(1);
      continued += line;
      if (goes_on && !text.empty() && continued.size() < kLongestLine) {
        continued += ' ';
        continue;
      }
      parse_line(continued, depth);
      continued.clear();
    }
  }

  GresConf take() { return std::move(conf_); }

 private:
  static constexpr std::size_t kLongestLine = std::size_t{64} << 10;

  void parse_line(std::string_view line, int depth) {
    Pair pair;
    GresLine gres;
    bool is_shared = false;
    bool is_ours = true;
    std::string_view rest = line;
    while (next_pair(rest, pair)) {
      if (pair.key == "include" && pair.value.empty()) {
        include(std::string(base::trim(rest)), depth);
        return;
      }
      if (pair.key == "name") {
        const std::string name = base::to_lower(pair.value);
        is_shared = name == "shard" || name == "mps";
        gres.type = name == "mps" ? GresType::kMps : GresType::kShard;
      } else if (pair.key == "nodename") {
        is_ours = options_.compat || std::ranges::any_of(options_.hostnames, [&](const std::string& host) {
                    return host_list_contains(pair.value, host);
                  });
      } else if (pair.key == "count") {
        gres.count = parse_count(pair.value).value_or(0);
      } else if (pair.key == "file" || pair.key == "multiplefiles") {
        add_files(gres.files, pair.value, options_.compat);
      }
    }
    if (is_shared && is_ours && conf_.lines.size() < kMostLines) conf_.lines.push_back(std::move(gres));
  }

  void include(const std::string& path, int depth) {
    if (depth < kDeepestInclude && options_.include && !path.empty())
      parse(options_.include(path), depth + 1);
  }

  const GresOptions& options_;
  GresConf conf_;
};

// The number behind a prefix: 5 of "gi5".
std::optional<std::uint32_t> number_behind(std::string_view component, std::string_view prefix) {
  if (!component.starts_with(prefix)) return std::nullopt;
  const auto number = base::parse_u64(component.substr(prefix.size()));
  if (!number || *number > UINT32_MAX) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

bool GresConf::has(GresType type) const {
  return std::ranges::any_of(lines, [type](const GresLine& line) { return line.type == type; });
}

GresConf parse_gres_conf(std::string_view text, const GresOptions& options) {
  Parser parser(options);
  parser.parse(text, 0);
  return parser.take();
}

std::vector<MigCapability> parse_mig_minors(std::string_view text) {
  constexpr std::size_t kMost = 65536;
  std::vector<MigCapability> capabilities;
  std::string_view line;
  while (base::next_line(text, line) && capabilities.size() < kMost) {
    std::string_view path;
    std::string_view number;
    if (!base::next_word(line, path) || !base::next_word(line, number)) continue;
    const auto minor = base::parse_u64(number);
    const auto parts = base::split(path, '/');
    if (!minor || *minor > UINT32_MAX || parts.size() < 3 || parts.back() != "access") continue;
    const auto gpu = number_behind(parts[0], "gpu");
    const auto instance = number_behind(parts[1], "gi");
    if (!gpu || !instance) continue;
    MigCapability capability{.minor = static_cast<std::uint32_t>(*minor),
                             .gpu_minor = *gpu,
                             .gpu_instance_id = *instance,
                             .compute_instance_id = std::nullopt};
    if (parts.size() == 4) {
      capability.compute_instance_id = number_behind(parts[2], "ci");
      if (!capability.compute_instance_id) continue;
    }
    capabilities.push_back(capability);
  }
  return capabilities;
}

}  // namespace ceems::unit
