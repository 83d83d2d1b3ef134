#include "site.h"

#include "site_maker.h"
#include "store/sqlite.h"
#include "store/writer.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

namespace ceems::bench {

namespace {

using store::Connection;

constexpr std::chrono::milliseconds kBusyTimeout{5'000};

std::string to_text(const SiteShape& shape) {
  return fmt::format("{}{}", shape.units, shape.extremes ? " with extremes" : "");
}

base::Status check_shape(const std::string& directory, const SiteShape& shape) {
  CEEMS_TRY(const auto db,
            Connection::open(store::database_path(directory), Connection::Mode::kReadOnly, kBusyTimeout));
  CEEMS_TRY(const std::string made, db->text_of("select value from ceems_state where name = 'bench_units'"));
  if (made == to_text(shape)) return {};
  return base::fail(base::ErrorCode::kInvalid, directory, "holds a database of another shape or of somebody");
}

base::Status make(const std::string& directory, const SiteShape& shape) {
  {
    CEEMS_TRY(const auto writer, store::Writer::open({.directory = directory}));
  }
  CEEMS_TRY(const auto db,
            Connection::open(store::database_path(directory), Connection::Mode::kReadWrite, kBusyTimeout));
  CEEMS_TRY_VOID(write_site(*db, shape));
  return db->execute(
      fmt::format("insert or replace into ceems_state (name, value) values ('bench_units', '{}');"
                  "pragma locking_mode = normal; pragma journal_mode = wal",
                  to_text(shape)));
}

}  // namespace

std::string site_user(std::size_t number) {
  return fmt::format("user{:04}", number);
}

std::string site_project(std::size_t number) {
  return fmt::format("project{:03}", number);
}

std::vector<std::size_t> projects_of_user(std::size_t user) {
  std::vector<std::size_t> projects;
  for (std::size_t i = 0; i <= user % 3; ++i)
    projects.push_back((user + i * 331) % kSiteProjects);
  return projects;
}

base::Status make_site(const std::string& directory, const SiteShape& shape) {
  std::error_code failed;
  if (std::filesystem::exists(store::database_path(directory), failed)) return check_shape(directory, shape);
  // Takes its place when it is whole.
  const std::string unfinished = directory + "/unfinished";
  std::filesystem::remove_all(unfinished, failed);
  CEEMS_TRY_VOID(make(unfinished, shape));
  std::filesystem::rename(store::database_path(unfinished), store::database_path(directory), failed);
  if (failed) return base::fail(base::ErrorCode::kInternal, directory, "{}", failed.message());
  std::filesystem::remove_all(unfinished, failed);
  return {};
}

}  // namespace ceems::bench
