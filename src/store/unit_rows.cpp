#include "store/unit_rows.h"

#include "store/conditions.h"
#include "store/tolerant.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace ceems::store {

namespace {

// The text member that holds a field; nullptr for fields of another kind.
std::string* text_member(Unit& unit, UnitField field) {
  switch (field) {
    case UnitField::kClusterId:
      return &unit.cluster_id;
    case UnitField::kResourceManager:
      return &unit.resource_manager;
    case UnitField::kUuid:
      return &unit.uuid;
    case UnitField::kName:
      return &unit.name;
    case UnitField::kProject:
      return &unit.project;
    case UnitField::kGroupname:
      return &unit.groupname;
    case UnitField::kUsername:
      return &unit.username;
    case UnitField::kCreatedAt:
      return &unit.created_at;
    case UnitField::kStartedAt:
      return &unit.started_at;
    case UnitField::kEndedAt:
      return &unit.ended_at;
    case UnitField::kElapsed:
      return &unit.elapsed;
    case UnitField::kState:
      return &unit.state;
    default:
      return nullptr;
  }
}

void read_field(const Statement& row, int column, UnitField field, Unit& unit) {
  if (std::string* text = text_member(unit, field); text != nullptr) {
    *text = row.text(column);
    return;
  }
  switch (field) {
    case UnitField::kCreatedAtTs:
      unit.created_at_ts = row.integer(column);
      return;
    case UnitField::kStartedAtTs:
      unit.started_at_ts = row.integer(column);
      return;
    case UnitField::kEndedAtTs:
      unit.ended_at_ts = row.integer(column);
      return;
    case UnitField::kAllocation:
      unit.allocation = read_object(row.text(column));
      return;
    case UnitField::kTags:
      unit.tags = read_object(row.text(column));
      return;
    default:
      unit.metrics[all_metrics()[index(field) - index(UnitField::kMetrics)]] =
          read_metric_map(row.text(column));
  }
}

// A user's name matters either everywhere or on one cluster.
void add_owners(Conditions& conditions, const std::vector<Owner>& owners) {
  if (owners.empty()) return;
  std::vector<std::string> anywhere;
  std::vector<Owner> somewhere;
  for (const Owner& owner : owners) {
    if (owner.cluster_id.empty()) {
      anywhere.push_back(owner.username);
    } else {
      somewhere.push_back(owner);
    }
  }
  constexpr std::string_view kAnywhere = "username in (select value from json_each(?))";
  constexpr std::string_view kSomewhere =
      "(cluster_id, username) in (select value ->> 0, value ->> 1 from json_each(?))";
  if (somewhere.empty()) {
    conditions.add(std::string(kAnywhere), {json_list(anywhere)});
  } else if (anywhere.empty()) {
    conditions.add(std::string(kSomewhere), {json_pairs(somewhere)});
  } else {
    conditions.add(fmt::format("({} or {})", kAnywhere, kSomewhere),
                   {json_list(anywhere), json_pairs(somewhere)});
  }
}

class Cursor final : public UnitCursor {
 public:
  Cursor(ConnectionPool& pool, UnitQuery query) : pool_(pool), query_(std::move(query)) {}

  base::Result<std::vector<Unit>> next() override;

 private:
  // Where the next chunk goes on: everything after this row in the order of the result.
  struct Position {
    std::string cluster_id;
    std::string uuid;
    std::int64_t id = 0;
  };

  base::Status find_chunk(Connection& connection);

  ConnectionPool& pool_;
  UnitQuery query_;
  std::vector<std::int64_t> ids_;  // of the rows of this chunk, in order
  std::size_t next_id_ = 0;
  std::optional<Position> last_;
  bool complete_ = false;
};

// Sorting a chunk of this many is cheap, and 400 kB of row numbers bound the memory of any result.
constexpr std::uint64_t kChunk = 50'000;
constexpr std::size_t kPage = 256;

base::Status Cursor::find_chunk(Connection& connection) {
  ids_.clear();
  next_id_ = 0;
  Conditions conditions = unit_conditions(query_);
  if (last_)
    conditions.add("(cluster_id, uuid, id) > (?, ?, ?)", {last_->cluster_id, last_->uuid, last_->id});
  const std::uint64_t wanted = std::min(kChunk, query_.limit.value_or(kChunk));
  CEEMS_TRY(Statement statement,
            connection.prepare(fmt::format(
                "select id, cluster_id, uuid from units{} order by cluster_id, uuid, id limit ? offset ?",
                conditions.where())));
  const int parameter = conditions.bind(statement);
  statement.bind(parameter, static_cast<std::int64_t>(wanted));
  statement.bind(parameter + 1, static_cast<std::int64_t>(last_ ? 0 : query_.offset));
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) break;
    ids_.push_back(statement.integer(0));
    if (ids_.size() == wanted)
      last_ = Position{std::string(statement.text(1)), std::string(statement.text(2)), statement.integer(0)};
  }
  if (query_.limit) *query_.limit -= ids_.size();
  complete_ = ids_.size() < wanted || query_.limit == 0U;
  return {};
}

base::Result<std::vector<Unit>> Cursor::next() {
  CEEMS_TRY(const ConnectionPool::Lease connection, pool_.borrow());
  CEEMS_TRY(Transaction transaction, Transaction::begin(*connection, Transaction::Kind::kRead));
  std::vector<Unit> page;
  while (page.empty()) {
    if (next_id_ == ids_.size()) {
      if (complete_) break;
      CEEMS_TRY_VOID(find_chunk(*connection));
      continue;
    }
    CEEMS_TRY(Statement row, connection->prepare(fmt::format("select {} from units where id = ?",
                                                             unit_columns(query_.fields))));
    for (; page.size() < kPage && next_id_ < ids_.size(); ++next_id_) {
      row.bind(1, ids_[next_id_]);
      CEEMS_TRY(const bool found, row.step());
      // A row that retention took away since the chunk was found is simply not there any more.
      if (found) page.push_back(read_unit(row, query_.fields));
      row.reset();
    }
  }
  CEEMS_TRY_VOID(transaction.commit());
  return page;
}

}  // namespace

void add_time_condition(Conditions& conditions, const TimeRange& ended, bool running) {
  conditions.add(running ? "(ended_at_ts between ? and ? or ended_at_ts = 0 or ended_at_ts is null)"
                         : "ended_at_ts between ? and ?",
                 {ended.from_ms, ended.to_ms});
}

Conditions unit_conditions(const UnitQuery& query) {
  Conditions conditions;
  conditions.add("ifnull(\"ignore\", 0) = 0");
  conditions.add_list("cluster_id", query.clusters);
  add_owners(conditions, query.owners);
  conditions.add_list("project", query.projects);
  conditions.add_list("uuid", query.uuids);
  // Ids are in an index behind clusters, of which there are few: each is one look-up.
  if (!query.uuids.empty() && query.clusters.empty())
    conditions.add(
        "cluster_id in (with recursive clusters(id) as (select min(cluster_id) from units union all "
        "select (select min(cluster_id) from units where cluster_id > clusters.id) from clusters "
        "where clusters.id is not null) select id from clusters where id is not null)");
  if (!query.ended) return conditions;
  if (!query.running) {
    add_time_condition(conditions, *query.ended, false);
    return conditions;
  }
  std::vector<Conditions> alternatives(3, conditions);
  add_time_condition(alternatives[0], *query.ended, false);
  alternatives[1].add("ended_at_ts = 0");
  alternatives[2].add("ended_at_ts is null");
  Conditions either;
  either.add_union("id", "units", alternatives);
  return either;
}

std::string unit_columns(const UnitFields& fields) {
  std::string columns;
  for (std::size_t i = 0; i < kUnitFieldCount; ++i) {
    if (!fields.test(i)) continue;
    if (!columns.empty()) columns += ", ";
    columns += field_name(static_cast<UnitField>(i));
  }
  return columns.empty() ? "id" : columns;
}

Unit read_unit(const Statement& row, const UnitFields& fields) {
  Unit unit;
  int column = 0;
  for (std::size_t i = 0; i < kUnitFieldCount; ++i)
    if (fields.test(i)) read_field(row, column++, static_cast<UnitField>(i), unit);
  return unit;
}

std::unique_ptr<UnitCursor> make_unit_cursor(ConnectionPool& pool, UnitQuery query) {
  return std::make_unique<Cursor>(pool, std::move(query));
}

}  // namespace ceems::store
