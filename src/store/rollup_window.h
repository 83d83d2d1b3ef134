// Which sums and which rows make up a window. For this room only.
#pragma once

#include "base/result.h"
#include "store/rollup.h"
#include "store/sqlite.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ceems::store {

// A bound of rows: a text of last_updated_at, or milliseconds of ended_at_ts.
using Bound = std::variant<std::string, std::int64_t>;

// Rows whose column is at or behind `from` and before `to`.
struct RowRange {
  int sign = 1;
  Bound from{};
  Bound to{};
};

struct WindowParts {
  std::vector<RollupTerm> sums{};
  std::vector<RowRange> rows{};
  std::vector<RollupTerm> extremes{};  // of the days that `rows` leaves out
};

// A window whose bounds are `from` (included) and `to` (not), in a column that has an index. A day in part is
// put together from its rows in the window, or from its sums without the other rows, whichever are fewer;
// where `extremes` are asked for, always from its rows in the window.
base::Result<WindowParts> split_window(Connection& connection, RollupKind kind, const Coverage& coverage,
                                       const Bound& from, const Bound& to, bool extremes = false);

// What `statement`'s rows are bound with.
void bind(Statement& statement, int parameter, const Bound& bound);

// Calls `each(owner, sums, sign)` for all stored sums of these terms, of all owners, or of `owners` if they
// are few.
using EachSums = std::function<base::Status(std::int64_t, std::string_view, int)>;
base::Status read_sums(Connection& connection, RollupKind kind, const std::vector<RollupTerm>& terms,
                       const std::vector<std::int64_t>& owners, bool few, const EachSums& each);

}  // namespace ceems::store
