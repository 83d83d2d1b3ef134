#include "grid/owid.h"

#include "base/check.h"
#include "base/file.h"
#include "base/text.h"
#include "grid/csv.h"
#include "grid/static_provider.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace ceems::embedded {
std::string_view iso_3166();
std::string_view owid_carbon_intensity();
}  // namespace ceems::embedded

namespace ceems::grid {

namespace {

constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr std::size_t kColumns = 4;
constexpr ProviderInfo kInfo{.id = "owid", .name = "OWID", .signal = "average", .scope = "lifecycle"};

// Two-letter codes by three-letter codes.
const std::map<std::string_view, std::string_view>& country_codes() {
  static const auto codes = [] {
    std::map<std::string_view, std::string_view> result;
    std::string_view rest = embedded::iso_3166();
    std::string_view line;
    base::next_line(rest, line);  // the head of the table
    while (base::next_line(rest, line)) {
      const auto fields = base::split(line, ',');
      CEEMS_CHECK(fields.size() == 2);
      result.emplace(fields[0], fields[1]);
    }
    return result;
  }();
  return codes;
}

struct Newest {
  std::int64_t year = 0;
  EmissionFactor factor;
};

}  // namespace

base::Result<FactorTable> parse_owid(std::string_view csv) {
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  CsvReader reader(csv);
  CEEMS_TRY(const auto header, reader.next());
  if (header.size() < kColumns) {
    return base::fail(base::ErrorCode::kInvalid, "", "no header with columns Entity, Code, Year and a value");
  }
  std::map<std::string_view, Newest> countries;  // by two-letter code
  while (true) {
    CEEMS_TRY(auto fields, reader.next());
    if (fields.empty()) break;
    if (fields.size() != header.size()) {
      return base::fail(base::ErrorCode::kInvalid, fmt::format("line {}", reader.line()),
                        "{} fields instead of {}", fields.size(), header.size());
    }
    const auto code = country_codes().find(fields[1]);
    const auto year = base::parse_i64(fields[2]);
    const auto grams = base::parse_double(fields[3]);
    if (code == country_codes().end() || !year || !grams || !std::isfinite(*grams)) continue;
    const auto [at, added] = countries.try_emplace(code->second);
    if (!added && *year < at->second.year) continue;
    at->second = {*year, {"owid", "OWID", std::string(code->second), std::move(fields[0]), *grams}};
  }
  if (countries.empty())
    return base::fail(base::ErrorCode::kInvalid, "", "no emission factor of any country");
  FactorTable table;
  for (auto& [code, newest] : countries)
    table.push_back(std::move(newest.factor));
  return table;
}

const FactorTable& built_in_owid_table() {
  static const FactorTable table = [] {
    auto parsed = parse_owid(embedded::owid_carbon_intensity());
    CEEMS_CHECK(parsed.has_value());
    return *std::move(parsed);
  }();
  return table;
}

std::optional<EmissionFactor> find_owid_factor(std::string_view country_code) {
  const FactorTable& table = built_in_owid_table();
  const auto at = std::ranges::find(table, country_code, &EmissionFactor::country_code);
  return at == table.end() ? std::nullopt : std::optional(*at);
}

base::Result<std::unique_ptr<Provider>> make_owid_provider(const std::string& file) {
  if (file.empty()) return std::make_unique<StaticProvider>(kInfo, built_in_owid_table());
  CEEMS_TRY(const std::string text, base::read_file(file, kLargestFile));
  auto table = parse_owid(text);
  if (!table) {
    base::Error error = std::move(table).error();
    error.subject = error.subject.empty() ? file : file + ", " + error.subject;
    return std::unexpected(std::move(error));
  }
  return std::make_unique<StaticProvider>(kInfo, *std::move(table));
}

}  // namespace ceems::grid
