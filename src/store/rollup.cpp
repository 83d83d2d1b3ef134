#include "store/rollup.h"

#include "base/log.h"
#include "base/text.h"
#include "store/rollup_marks.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// The marker stands among the sums themselves: without them there is none.
constexpr const char* kMarkerWhere = "kind = 0 and level = -1 and block = 0 and owner = 0";
// Of the form of sums and marker. Another one is built anew.
constexpr std::string_view kForm = "3";

std::optional<std::string> read_marker(Connection& connection) {
  // Whoever reads may be quicker than whoever makes the tables.
  auto statement =
      connection.prepare(fmt::format("select sums from ceems_rollup_sums where {}", kMarkerWhere));
  if (!statement) return std::nullopt;
  const auto row = statement->step();
  if (!row || !*row) return std::nullopt;
  return std::string(statement->text(0));
}

// What any program's changes change. The tables of owners and keys are in it because sums mean nothing
// without.
base::Result<std::string> fingerprint(Connection& connection) {
  return connection.text_of(
      "select printf('%d %d %d %d %d %d %d', (select count(*) from usage), (select ifnull(sum(num_updates), "
      "0) from "
      "usage), (select ifnull(min(id), 0) from units), (select ifnull(max(id), 0) from units), (select "
      "ifnull(max(id), "
      "0) from daily_usage), (select count(*) from ceems_rollup_owners), (select count(*) from "
      "ceems_rollup_keys))");
}

struct BlockKey {
  RollupKind kind;
  int level;
  std::int64_t block;
  std::int64_t owner;
  friend auto operator<=>(const BlockKey&, const BlockKey&) = default;
};

void bind(Statement& statement, const BlockKey& key, int first) {
  statement.bind(first, static_cast<std::int64_t>(key.kind))
      .bind(first + 1, static_cast<std::int64_t>(key.level))
      .bind(first + 2, key.block)
      .bind(first + 3, key.owner);
}

base::Status write_block(Connection& connection, const BlockKey& key, const Sums& sums) {
  if (sums.is_zero()) {
    CEEMS_TRY(Statement statement,
              connection.prepare(
                  "delete from ceems_rollup_sums where kind = ? and level = ? and block = ? and owner = ?"));
    bind(statement, key, 1);
    return statement.run();
  }
  CEEMS_TRY(
      Statement statement,
      connection.prepare("insert or replace into ceems_rollup_sums (kind, level, block, owner, sums) values "
                         "(?, ?, ?, ?, ?)"));
  bind(statement, key, 1);
  statement.bind_bytes(5, encode(sums));
  return statement.run();
}

base::Result<bool> change_block(Connection& connection, const BlockKey& key, const Sums& delta,
                                const KeyFilter& all) {
  Sums sums;
  {
    CEEMS_TRY(
        Statement statement,
        connection.prepare(
            "select sums from ceems_rollup_sums where kind = ? and level = ? and block = ? and owner = ?"));
    bind(statement, key, 1);
    CEEMS_TRY(const bool row, statement.step());
    if (row && !add_encoded(sums, statement.bytes(0), 1, all)) return false;
  }
  sums.add(delta, 1);
  CEEMS_TRY_VOID(write_block(connection, key, sums));
  return true;
}

}  // namespace

std::optional<Coverage> read_coverage(Connection& connection) {
  const auto marker = read_marker(connection);
  if (!marker) return std::nullopt;
  std::string_view rest = *marker;
  std::string_view word;
  if (!base::next_word(rest, word) || word != kForm) return std::nullopt;
  Coverage coverage;
  for (const RollupKind kind : kRollupKinds) {
    if (!base::next_word(rest, word)) return std::nullopt;
    const auto day = base::parse_i64(word);
    if (!day) return std::nullopt;
    coverage[kind] = *day;
  }
  return coverage;
}

base::Status write_coverage(Connection& connection, const Coverage& coverage) {
  CEEMS_TRY(const std::string print, fingerprint(connection));
  CEEMS_TRY(
      Statement statement,
      connection.prepare("insert or replace into ceems_rollup_sums (kind, level, block, owner, sums) values "
                         "(0, -1, 0, 0, ?)"));
  statement.bind(1, fmt::format("{} {} {} {} {}", kForm, coverage[RollupKind::kUnits],
                                coverage[RollupKind::kDays], coverage[RollupKind::kEnds], print));
  return statement.run();
}

base::Status forget_coverage(Connection& connection) {
  return connection.execute(fmt::format("delete from ceems_rollup_sums where {}", kMarkerWhere));
}

base::Status doubt_foreign_changes(Connection& connection) {
  const auto marker = read_marker(connection);
  if (!marker) return {};
  if (!read_coverage(connection)) {
    base::Logger().info("sums for usage and statistics have another form; they are built anew");
    return forget_coverage(connection);
  }
  CEEMS_TRY(const std::string print, fingerprint(connection));
  if (marker->ends_with(" " + print)) return {};
  base::Logger().info(
      "another program has changed the database since; sums for usage and statistics are built anew");
  return forget_coverage(connection);
}

base::Result<bool> add_deltas(Connection& connection, const RollupDeltas& deltas, const Coverage& coverage) {
  std::array<std::vector<std::int64_t>, kRollupKinds.size()> marks;
  for (const RollupKind kind : kRollupKinds) {
    CEEMS_TRY(marks[static_cast<std::size_t>(kind)], read_marks(connection, kind));
  }
  // Stored sums may hold any key.
  CEEMS_TRY(const std::int64_t largest,
            connection.integer_of("select ifnull(max(id), 0) from ceems_rollup_keys"));
  const KeyFilter all(static_cast<std::size_t>(largest) + 1, true);
  std::map<BlockKey, Sums> totals;
  for (const auto& [place, change] : deltas) {
    const auto& [kind, day, owner] = place;
    const Sums& delta = change.sums;
    if (day < coverage[kind] || delta.is_zero()) continue;
    CEEMS_TRY(const bool readable, change_block(connection, {kind, kDayLevel, day, owner}, delta, all));
    if (!readable) return false;
    if (day == kOpenDay) continue;
    const std::vector<std::int64_t>& of_kind = marks[static_cast<std::size_t>(kind)];
    const auto behind = std::ranges::upper_bound(of_kind, day, {}, first_day);
    if (of_kind.end() - behind <= behind - of_kind.begin()) {
      for (auto mark = behind; mark != of_kind.end(); ++mark)
        totals[{kind, kMarkLevel, *mark, owner}].add(delta, 1);
    } else {
      for (auto mark = of_kind.begin(); mark != behind; ++mark)
        totals[{kind, kMarkLevel, *mark, owner}].add(delta, -1);
    }
  }
  for (const auto& [key, delta] : totals) {
    if (delta.is_zero()) continue;
    CEEMS_TRY(const bool readable, change_block(connection, key, delta, all));
    if (!readable) return false;
  }
  return true;
}

}  // namespace ceems::store
