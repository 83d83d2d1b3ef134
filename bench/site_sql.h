// The same through the sqlite3 library alone: what SQL costs that reads or writes what the server does.
#pragma once

#include "base/result.h"
#include "store/model.h"
#include "store/sqlite.h"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace ceems::bench {

// Runs a query and looks at all that it finds.
class SiteSql {
 public:
  base::Status open(const std::string& directory);
  // Steps through all rows and looks at each of `columns` texts.
  base::Status read(const std::string& sql, const std::vector<std::string>& values, int columns);

 private:
  std::unique_ptr<store::Connection> db_;
  std::size_t bytes_ = 0;
};

// Writes the rows that an update of these units changes, as they are: each row of units once, and each of
// usage and of the last day once.
class RowsAsTheyAre {
 public:
  base::Status read(const std::string& database, const std::vector<store::Unit>& units);
  // In one transaction, by number of the row.
  base::Status write();

 private:
  struct Table {
    std::string update{};
    int columns = 0;
    std::vector<std::vector<std::string>> rows{};  // the number first
  };
  base::Status read_table(const std::string& name, const std::string& columns, const std::string& where,
                          const std::vector<std::vector<std::string>>& keys);

  std::unique_ptr<store::Connection> db_;
  std::vector<Table> tables_;
};

}  // namespace ceems::bench
