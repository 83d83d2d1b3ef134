// SQLite's C API (https://www.sqlite.org/c3ref/intro.html) as owned objects. For this room only. A connection
// and all that comes from it belong to one thread at a time.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace ceems::store {

// A prepared statement in use: reset when it goes out of scope, so that it holds no lock.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  ~Statement() { reset(); }

  // Parameters count from 1; a name such as ":uuid" must exist.
  Statement& bind(int parameter, std::string_view value);
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind_bytes(int parameter, std::string_view value);  // a blob
  // Makes no copy: the text must live and stay as it is until the statement is reset.
  Statement& bind_kept(int parameter, std::string_view value);
  Statement& bind(const char* name, std::string_view value);
  Statement& bind(const char* name, std::int64_t value);
  Statement& bind(const char* name, double value);

  // True: a row is there. False: the statement is done.
  base::Result<bool> step();
  // Runs to the end, ignoring rows.
  base::Status run();
  void reset();

  // Columns count from 0; NULL reads as "", 0. The text lives until the next step.
  std::string_view text(int column) const;
  std::string_view bytes(int column) const;  // of a blob
  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;

 private:
  int parameter(const char* name) const;

  sqlite3* db_;
  sqlite3_stmt* statement_;
};

class Connection {
 public:
  enum class Mode : std::uint8_t { kReadOnly, kReadWrite };

  // Opens and registers this room's SQL functions. kReadWrite creates the file with mode 0640.
  static base::Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode,
                                                        std::chrono::milliseconds busy_timeout);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Statements are kept by their text and reused; the same text may be in use once at a time.
  base::Result<Statement> prepare(const std::string& sql);
  // Statements separated by semicolons; no results.
  base::Status execute(const std::string& sql);
  // The first column of the first row; "" without rows.
  base::Result<std::string> text_of(const std::string& sql);
  base::Result<std::int64_t> integer_of(const std::string& sql);
  std::int64_t changes() const;
  // Gives the memory back to the system that holds pages of the file. To be called outside of transactions,
  // after work that will not soon be done again.
  void release_memory();
  // Makes the statement that runs on another thread fail with kCancelled.
  void interrupt();
  const std::string& path() const { return path_; }

 private:
  Connection(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}

  sqlite3* db_;
  std::string path_;
  std::unordered_map<std::string, sqlite3_stmt*> statements_;
};

// Rolled back unless committed.
class Transaction {
 public:
  enum class Kind : std::uint8_t { kRead, kWrite };  // kWrite takes the write lock at once

  static base::Result<Transaction> begin(Connection& connection, Kind kind);
  Transaction(Transaction&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  ~Transaction();

  base::Status commit();

 private:
  explicit Transaction(Connection* connection) : connection_(connection) {}

  Connection* connection_;
};

// Part of a transaction that can be undone alone. Undone unless released.
class Savepoint {
 public:
  static base::Result<Savepoint> begin(Connection& connection);
  Savepoint(Savepoint&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Savepoint& operator=(Savepoint&&) = delete;
  Savepoint(const Savepoint&) = delete;
  ~Savepoint();

  base::Status release();

 private:
  explicit Savepoint(Connection* connection) : connection_(connection) {}

  Connection* connection_;
};

}  // namespace ceems::store
