#include "store/backup.h"

#include "base/file.h"
#include "store/test_database.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::store {
namespace {

constexpr std::int64_t kNow = 1'893'549'845'000;  // 2030-01-02T02:04:05Z

class Backup : public testing::Test {
 protected:
  Backup() {
    EXPECT_TRUE(
        connect(writer_->path())->execute("insert into users (cluster_id, name) values ('hpc', 'ann')"));
  }

  TestDirectory directory_;
  std::unique_ptr<Writer> writer_ = open_writer(directory_.path());
  BackupOptions options_ = {.database = writer_->path(),
                            .directory = directory_.path() + "/copies",
                            .time_zone = *TimeZone::find("Europe/Paris")};
};

TEST_F(Backup, IsACompletePrivateCopy) {
  const auto path = back_up(options_, kNow, {});
  ASSERT_TRUE(path) << path.error().text();
  EXPECT_EQ(*path, directory_.path() + "/copies/ceems-203001020304.db");
  EXPECT_EQ(ask(*connect(*path), "select name from users"), "ann");
  struct stat status{};
  ASSERT_EQ(::stat(path->c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U & ~0640U, 0U);
}

TEST_F(Backup, LeavesNothingBehindWhenStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(back_up(options_, kNow, stop.get_token()));
  EXPECT_TRUE(base::list_directory(options_.directory)->empty());
}

TEST_F(Backup, KeepsTheNewestOnes) {
  options_.keep = 2;
  for (int minute = 0; minute < 4; ++minute)
    ASSERT_TRUE(back_up(options_, kNow + minute * 60'000, {}));
  ASSERT_TRUE(base::write_file_atomically(options_.directory + "/ceems-notes.db", "mine", 0600));
  ASSERT_TRUE(back_up(options_, kNow + 4 * 60'000, {}));
  EXPECT_EQ(*base::list_directory(options_.directory),
            (std::vector<std::string>{"ceems-203001020307.db", "ceems-203001020308.db", "ceems-notes.db"}));
}

TEST_F(Backup, KnowsWhenTheNewestWasMade) {
  EXPECT_EQ(newest_backup(options_), std::nullopt);
  std::vector<std::string> paths;
  for (int minute = 0; minute < 2; ++minute)
    paths.push_back(*back_up(options_, kNow + minute * 60'000, {}));
  const auto made_at = [&](const std::string& path, time_t seconds) {
    const timespec times[2] = {{seconds, 0}, {seconds, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  };
  made_at(paths[0], 2'000);
  made_at(paths[1], 1'000);
  ASSERT_TRUE(base::write_file_atomically(options_.directory + "/ceems-notes.db", "mine", 0600));
  EXPECT_EQ(newest_backup(options_), 2'000'000);
}

TEST_F(Backup, CanReplaceTheDatabase) {
  const auto path = back_up(options_, kNow, {});
  ASSERT_TRUE(path);
  const TestDirectory other;
  ASSERT_TRUE(base::write_file_atomically(database_path(other.path()), *base::read_file(*path), 0600));
  EXPECT_NE(open_writer(other.path()), nullptr);
}

}  // namespace
}  // namespace ceems::store
