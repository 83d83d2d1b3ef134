#include "store/metric_map.h"

#include "base/text.h"
#include "store/json_scan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

namespace ceems::store {

namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 10;
constexpr std::size_t kMaxNames = 4096;

// Calls `both`, `only_a` or `only_b` for each name of the union, in order.
template <class Both, class OnlyA, class OnlyB>
MetricMap merge(const MetricMap& a, const MetricMap& b, Both both, OnlyA only_a, OnlyB only_b) {
  MetricMap result;
  auto left = a.begin();
  auto right = b.begin();
  while (left != a.end() || right != b.end()) {
    if (right == b.end() || (left != a.end() && left->first < right->first)) {
      result.set(left->first, only_a(left->first, left->second));
      ++left;
    } else if (left == a.end() || right->first < left->first) {
      result.set(right->first, only_b(right->first, right->second));
      ++right;
    } else {
      result.set(left->first, both(left->first, left->second, right->second));
      ++left;
      ++right;
    }
  }
  return result;
}

double keep(const std::string&, double value) {
  return value;
}

bool is_infinity_or_nan(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return text == "Inf" || text == "inf" || text == "Infinity" || text == "infinity" || text == "NaN" ||
         text == "nan";
}

// Digits, perhaps a point and digits.
bool parse_long_number(std::string_view text, bool negative, double& value) {
  constexpr std::size_t kMostDigits = 40;
  const std::size_t point = std::min(text.find('.'), text.size());
  const auto is_number = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
  };
  if (text.size() > kMostDigits || !is_number(text.substr(0, point)) || (text.front() == '0' && point > 1))
    return false;
  if (point < text.size() && !is_number(text.substr(point + 1))) return false;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (negative) value = -value;
  return code == std::errc() && end == text.data() + text.size();
}

// A number as append_number() writes it: up to fifteen digits are exact, and one division rounds once.
bool parse_plain_number(std::string_view text, double& value) {
  constexpr std::size_t kExactDigits = 15;
  constexpr double kTens[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return false;
  if (text.size() > kExactDigits) return parse_long_number(text, negative, value);
  if (text.front() == '0' && text.size() > 1 && text[1] != '.') return false;
  std::int64_t digits = 0;
  std::size_t point = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && point == text.size() && i > 0 && i + 1 < text.size()) {
      point = i;
    } else if (c >= '0' && c <= '9') {
      digits = digits * 10 + (c - '0');
    } else {
      return false;
    }
  }
  const std::size_t decimals = point == text.size() ? 0 : text.size() - point - 1;
  value = static_cast<double>(digits) / kTens[decimals];
  if (negative) value = -value;
  return true;
}

// Reads what append_json() writes of plain names. False at anything else.
bool parse_plain(std::string_view json, std::vector<MetricMap::Entry>& entries) {
  if (json.size() < 2 || json.front() != '{' || json.back() != '}') return false;
  json = json.substr(1, json.size() - 2);
  if (!json.empty()) entries.reserve(static_cast<std::size_t>(std::ranges::count(json, ',')) + 1);
  while (!json.empty()) {
    if (json.front() != '"' || entries.size() >= kMaxNames) return false;
    const std::size_t end = json.find('"', 1);
    if (end == std::string_view::npos || end + 1 >= json.size() || json[end + 1] != ':') return false;
    const std::string_view name = json.substr(1, end - 1);
    if (std::ranges::any_of(name, [](char c) { return c < ' ' || c > '~' || c == '\\'; })) return false;
    if (!entries.empty() && entries.back().first >= name) return false;
    json.remove_prefix(end + 2);
    const std::size_t comma = std::min(json.find(','), json.size());
    double value = 0;
    if (!parse_plain_number(json.substr(0, comma), value)) return false;
    entries.emplace_back(name, value);
    if (comma == json.size()) return true;
    json.remove_prefix(comma + 1);
    if (json.empty()) return false;
  }
  return true;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A number as append_number() writes it, with so few digits that a double holds all of them.
bool is_written_number(std::string_view text) {
  constexpr std::size_t kExactDigits = 15;
  constexpr std::size_t kDecimals = 8;
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    if (text == "0") return false;
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  if (point == 0 || point > kExactDigits || (text.front() == '0' && point > 1)) return false;
  if (!std::ranges::all_of(text.substr(0, point), is_digit)) return false;
  if (point == text.size()) return true;
  const std::string_view decimals = text.substr(point + 1);
  return decimals.size() == kDecimals && point + kDecimals <= kExactDigits &&
         std::ranges::all_of(decimals, is_digit) && decimals.find_first_not_of('0') != std::string_view::npos;
}

// The same eight decimals, faster, where the fraction of the double leaves no doubt about the rounding.
char* write_quickly(char* out, double value) {
  constexpr double kOne = 1e8;
  constexpr double kMost = 0x1p53;
  constexpr double kDoubt = 0x1p-20;  // what lies below 1e8 is exact to 2^-26
  constexpr std::uint64_t kOneCount = 100'000'000;
  constexpr std::ptrdiff_t kMostDigits = 20;
  const double magnitude = std::abs(value);
  if (!(magnitude < kMost)) return nullptr;
  const double whole = std::floor(magnitude);
  const double scaled = (magnitude - whole) * kOne;
  const double floor = std::floor(scaled);
  if (std::abs(scaled - floor - 0.5) < kDoubt) return nullptr;
  auto integer = static_cast<std::uint64_t>(whole);
  auto fraction = static_cast<std::uint64_t>(floor) + (scaled - floor > 0.5 ? 1U : 0U);
  if (fraction == kOneCount) {
    ++integer;
    fraction = 0;
  }
  if (value < 0) *out++ = '-';
  out = std::to_chars(out, out + kMostDigits, integer).ptr;
  // The point takes the place of a digit that keeps the zeros.
  char* const end = std::to_chars(out, out + kMostDigits, kOneCount + fraction).ptr;
  *out = '.';
  return end;
}

base::Result<double> parse_value(JsonScanner& scanner) {
  if (scanner.at('"')) {
    CEEMS_TRY(const std::string text, scanner.string());
    if (is_infinity_or_nan(text)) return 0.0;
    return base::fail(base::ErrorCode::kInvalid, "", "a string where a number belongs");
  }
  if (scanner.accept_word("null")) return 0.0;
  return scanner.number();
}

}  // namespace

MetricMap::MetricMap(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries)
    set(entry.first, entry.second);
}

double& MetricMap::slot(std::string_view key) {
  // Names mostly arrive in order.
  if (entries_.empty() || entries_.back().first < key) return entries_.emplace_back(key, 0.0).second;
  auto at =
      std::ranges::lower_bound(entries_, key, {}, [](const Entry& e) { return std::string_view(e.first); });
  if (at != entries_.end() && at->first == key) return at->second;
  return entries_.emplace(at, std::string(key), 0.0)->second;
}

std::optional<double> MetricMap::find(std::string_view key) const {
  const auto at =
      std::ranges::lower_bound(entries_, key, {}, [](const Entry& e) { return std::string_view(e.first); });
  if (at == entries_.end() || at->first != key) return std::nullopt;
  return at->second;
}

double MetricMap::value_or(std::string_view key, double fallback) const {
  return find(key).value_or(fallback);
}

void MetricMap::set(std::string_view key, double value) {
  slot(key) = value;
}
void MetricMap::add(std::string_view key, double value) {
  slot(key) += value;
}

char* write_number(char* out, double value) {
  constexpr double kInt64Limit = 9223372036854775808.0;  // 2^63
  constexpr std::ptrdiff_t kMostDigits = 20;
  if (!std::isfinite(value)) {
    *out++ = '0';
    return out;
  }
  if (value >= -kInt64Limit && value < kInt64Limit && value == std::trunc(value))
    return std::to_chars(out, out + kMostDigits, static_cast<std::int64_t>(value)).ptr;
  if (char* const end = write_quickly(out, value)) return end;
  return fmt::format_to(out, "{:.8f}", value);
}

void append_number(std::string& out, double value) {
  std::array<char, kMostNumberChars> text;
  out.append(text.data(), write_number(text.data(), value));
}

void append_json(std::string& out, const MetricMap& map) {
  out += '{';
  for (const auto& [key, value] : map) {
    if (out.back() != '{') out += ',';
    append_json_string(out, key);
    out += ':';
    append_number(out, value);
  }
  out += '}';
}

std::string to_json(const MetricMap& map) {
  std::string out;
  append_json(out, map);
  return out;
}

base::Result<MetricMap> parse_metric_map(std::string_view json) {
  if (json.size() > kMaxBytes) return base::fail(base::ErrorCode::kInvalid, "", "metric map is too long");
  MetricMap map;
  if (parse_plain(json, map.entries_)) return map;
  map.clear();
  JsonScanner scanner(json);
  if (scanner.holds_nothing()) return map;
  if (!scanner.accept('{')) return scanner.error("expected an object");
  if (!scanner.accept('}')) {
    do {
      CEEMS_TRY(const std::string key, scanner.string());
      if (!scanner.accept(':')) return scanner.error("expected ':'");
      CEEMS_TRY(const double value, parse_value(scanner));
      map.set(key, value);
      if (map.size() > kMaxNames) return scanner.error("too many names");
    } while (scanner.accept(','));
    if (!scanner.accept('}')) return scanner.error("expected '}'");
  }
  if (!scanner.finished()) return scanner.error("text after the object");
  return map;
}

bool is_written_json(std::string_view json) {
  if (json.size() < 2 || json.size() > kMaxBytes || json.front() != '{' || json.back() != '}') return false;
  json = json.substr(1, json.size() - 2);
  std::string_view last;
  for (std::size_t names = 0; !json.empty(); ++names) {
    if (json.front() != '"' || names >= kMaxNames) return false;
    const std::size_t end = json.find('"', 1);
    if (end == std::string_view::npos || end + 1 >= json.size() || json[end + 1] != ':') return false;
    const std::string_view name = json.substr(1, end - 1);
    if (names > 0 && last >= name) return false;
    if (!std::ranges::all_of(name, [](char c) {
          return c >= ' ' && c <= '~' && c != '\\' && c != '<' && c != '>' && c != '&';
        }))
      return false;
    last = name;
    json.remove_prefix(end + 2);
    const std::size_t comma = std::min(json.find(','), json.size());
    if (!is_written_number(json.substr(0, comma))) return false;
    if (comma == json.size()) return true;
    json.remove_prefix(comma + 1);
    if (json.empty()) return false;
  }
  return true;
}

MetricMap sum(const MetricMap& a, const MetricMap& b) {
  return merge(a, b, [](const std::string&, double x, double y) { return x + y; }, keep, keep);
}

MetricMap minimum(const MetricMap& a, const MetricMap& b) {
  return merge(a, b, [](const std::string&, double x, double y) { return std::min(x, y); }, keep, keep);
}

MetricMap maximum(const MetricMap& a, const MetricMap& b) {
  return merge(a, b, [](const std::string&, double x, double y) { return std::max(x, y); }, keep, keep);
}

MetricMap weighted_mean(const MetricMap& old_map, const MetricMap& new_map, double old_weight,
                        double new_weight, const MetricMap& missing) {
  return weighted_mean(
      old_map, new_map, [&](const std::string&) { return old_weight; },
      [&](const std::string&) { return new_weight; }, missing);
}

MetricMap weighted_mean(const MetricMap& old_map, const MetricMap& new_map, const WeightOf& old_weight,
                        const WeightOf& new_weight, const MetricMap& missing) {
  const auto known = [&](const std::string& key) {
    const double weight = old_weight(key);
    return missing.empty() ? weight : std::max(0.0, weight - missing.value_or(key, 0));
  };
  return merge(
      old_map, new_map,
      [&](const std::string& key, double old_value, double new_value) {
        const double before = known(key);
        const double added = new_weight(key);
        const double weight = before + added;
        return weight > 0 ? (old_value * before + new_value * added) / weight : 0.0;
      },
      [&](const std::string& key, double value) { return known(key) > 0 ? value : 0.0; },
      [&](const std::string& key, double value) { return new_weight(key) > 0 ? value : 0.0; });
}

}  // namespace ceems::store
