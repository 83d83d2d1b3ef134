// A database in a directory of its own, and ways to look into it from outside. For tests of this room.
#pragma once

#include "store/reader.h"
#include "store/sqlite.h"
#include "store/writer.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

namespace ceems::store {

class TestDirectory {
 public:
  TestDirectory() {
    // In memory where there is such a place: what is tested is not the disk.
    const std::filesystem::path memory = "/dev/shm";
    std::error_code ignored;
    const bool usable = std::filesystem::is_directory(memory, ignored) && ::access(memory.c_str(), W_OK) == 0;
    std::string pattern = (usable ? memory : std::filesystem::temp_directory_path()) / "ceems-store-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::unique_ptr<Connection> connect(const std::string& path) {
  auto connection = Connection::open(path, Connection::Mode::kReadWrite, std::chrono::seconds(1));
  EXPECT_TRUE(connection) << connection.error().text();
  return connection ? *std::move(connection) : nullptr;
}

// The first column of the first row, as text.
inline std::string ask(Connection& connection, const std::string& sql) {
  auto text = connection.text_of(sql);
  EXPECT_TRUE(text) << text.error().text() << " in " << sql;
  return text.value_or("");
}

inline std::unique_ptr<Writer> open_writer(const std::string& directory, TimeZone time_zone = {},
                                           Accounting accounting = Accounting::kLegacy,
                                           MeanWeights weights = {}) {
  auto writer = Writer::open({.directory = directory,
                              .time_zone = time_zone,
                              .accounting = accounting,
                              .weights = std::move(weights)});
  EXPECT_TRUE(writer) << writer.error().text();
  return writer ? *std::move(writer) : nullptr;
}

inline std::unique_ptr<Reader> open_reader(const std::string& directory, TimeZone time_zone = {}) {
  auto reader = Reader::create({.path = database_path(directory), .time_zone = time_zone});
  EXPECT_TRUE(reader) << reader.error().text();
  return reader ? *std::move(reader) : nullptr;
}

}  // namespace ceems::store
