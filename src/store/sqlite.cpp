#include "store/sqlite.h"

#include "base/check.h"
#include "base/fd.h"
#include "base/log.h"
#include "store/functions.h"

#include <fcntl.h>
#include <malloc.h>

#include <cerrno>
#include <utility>

#include <sqlite3.h>

namespace ceems::store {

namespace {

constexpr mode_t kFileMode = 0640;

base::ErrorCode code_of(int result) {
  switch (result & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
      return base::ErrorCode::kUnavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return base::ErrorCode::kPermission;
    case SQLITE_INTERRUPT:
      return base::ErrorCode::kCancelled;
    case SQLITE_TOOBIG:
    case SQLITE_FULL:
      return base::ErrorCode::kTooLarge;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:
      return base::ErrorCode::kInvalid;
    default:
      return base::ErrorCode::kInternal;
  }
}

// Counting every allocation takes a lock that all threads share, and nobody asks for the counts. Can be said
// before the library is first used only.
void stop_counting_memory() {
  static const int kDone = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(kDone);
}

std::unexpected<base::Error> failure(sqlite3* db, int result) {
  const char* path = sqlite3_db_filename(db, "main");
  return base::fail(code_of(result), path == nullptr ? "" : path, "{}", sqlite3_errmsg(db));
}

base::Status create_file(const std::string& path) {
  // SQLite gives its own files the mode of the database file.
  const base::Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (!fd) return base::fail_errno(errno, path);
  return {};
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::bind(int parameter, std::string_view value) {
  const char* text = value.data() == nullptr ? "" : value.data();
  CEEMS_CHECK(sqlite3_bind_text64(statement_, parameter, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) !=
              SQLITE_RANGE);
  return *this;
}

Statement& Statement::bind_kept(int parameter, std::string_view value) {
  const char* text = value.data() == nullptr ? "" : value.data();
  CEEMS_CHECK(sqlite3_bind_text64(statement_, parameter, text, value.size(), SQLITE_STATIC, SQLITE_UTF8) !=
              SQLITE_RANGE);
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  CEEMS_CHECK(sqlite3_bind_int64(statement_, parameter, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  CEEMS_CHECK(sqlite3_bind_double(statement_, parameter, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind_bytes(int parameter, std::string_view value) {
  CEEMS_CHECK(sqlite3_bind_blob64(statement_, parameter, value.data(), value.size(), SQLITE_TRANSIENT) !=
              SQLITE_RANGE);
  return *this;
}

int Statement::parameter(const char* name) const {
  const int index = sqlite3_bind_parameter_index(statement_, name);
  CEEMS_CHECK(index > 0);
  return index;
}

Statement& Statement::bind(const char* name, std::string_view value) {
  return bind(parameter(name), value);
}
Statement& Statement::bind(const char* name, std::int64_t value) {
  return bind(parameter(name), value);
}
Statement& Statement::bind(const char* name, double value) {
  return bind(parameter(name), value);
}

base::Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return failure(db_, result);
}

base::Status Statement::run() {
  for (;;) {
    CEEMS_TRY(const bool row, step());
    if (!row) return {};
  }
}

void Statement::reset() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

std::string_view Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::bytes(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode,
                                                           std::chrono::milliseconds busy_timeout) {
  if (mode == Mode::kReadWrite) CEEMS_TRY_VOID(create_file(path));
  stop_counting_memory();
  const int flags = (mode == Mode::kReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  // A handle exists even where opening failed.
  std::unique_ptr<Connection> connection(new Connection(db, path));
  if (result != SQLITE_OK)
    return base::fail(code_of(result), path, "{}", db == nullptr ? "out of memory" : sqlite3_errmsg(db));
  sqlite3_busy_timeout(db, static_cast<int>(busy_timeout.count()));
  // Views and triggers of a foreign file may not run functions with effects.
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  if (const int code = register_functions(db); code != SQLITE_OK) return failure(db, code);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_)
    sqlite3_finalize(statement);
  sqlite3_close_v2(db_);
}

base::Result<Statement> Connection::prepare(const std::string& sql) {
  if (const auto known = statements_.find(sql); known != statements_.end()) {
    CEEMS_CHECK(sqlite3_stmt_busy(known->second) == 0);
    return Statement(db_, known->second);
  }
  sqlite3_stmt* statement = nullptr;
  const int result = sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (result != SQLITE_OK) return failure(db_, result);
  CEEMS_CHECK(statement != nullptr);
  statements_.emplace(sql, statement);
  return Statement(db_, statement);
}

base::Status Connection::execute(const std::string& sql) {
  const int result = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return failure(db_, result);
  return {};
}

base::Result<std::string> Connection::text_of(const std::string& sql) {
  CEEMS_TRY(Statement statement, prepare(sql));
  CEEMS_TRY(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string();
}

base::Result<std::int64_t> Connection::integer_of(const std::string& sql) {
  CEEMS_TRY(Statement statement, prepare(sql));
  CEEMS_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

std::int64_t Connection::changes() const {
  return sqlite3_changes64(db_);
}

void Connection::release_memory() {
  sqlite3_db_release_memory(db_);
  // Freed pages lie between what is in use, where nothing but this gives them back.
  ::malloc_trim(0);
}

void Connection::interrupt() {
  sqlite3_interrupt(db_);
}

base::Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  CEEMS_TRY(Statement statement, connection.prepare(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  CEEMS_TRY_VOID(statement.run());
  return Transaction(&connection);
}

base::Status Transaction::commit() {
  CEEMS_TRY(Statement statement, connection_->prepare("COMMIT"));
  CEEMS_TRY_VOID(statement.run());
  connection_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  // An error here means that SQLite has rolled back already.
  if (auto status = connection_->execute("ROLLBACK"); !status)
    base::Logger().debug("transaction had ended", {{"error", status.error()}});
}

base::Result<Savepoint> Savepoint::begin(Connection& connection) {
  CEEMS_TRY(Statement statement, connection.prepare("SAVEPOINT row"));
  CEEMS_TRY_VOID(statement.run());
  return Savepoint(&connection);
}

base::Status Savepoint::release() {
  CEEMS_TRY(Statement statement, connection_->prepare("RELEASE row"));
  CEEMS_TRY_VOID(statement.run());
  connection_ = nullptr;
  return {};
}

Savepoint::~Savepoint() {
  if (connection_ == nullptr) return;
  if (auto status = connection_->execute("ROLLBACK TO row; RELEASE row"); !status)
    base::Logger().debug("transaction had ended", {{"error", status.error()}});
}

}  // namespace ceems::store
