#include "store/schema.h"

#include "base/file.h"
#include "base/text.h"
#include "store/test_database.h"

#include <sys/stat.h>

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ceems::store {
namespace {

// What makes a database of version n out of one of version n-1, n counting from 1.
std::vector<std::string> steps() {
  const auto text = base::read_file(std::string(CEEMS_TEST_DATA) + "/versions.sql");
  EXPECT_TRUE(text) << text.error().text();
  std::vector<std::string> sections;
  std::string_view rest = *text;
  std::string_view line;
  while (base::next_line(rest, line)) {
    if (line.starts_with("--- version")) {
      sections.emplace_back();
    } else if (!sections.empty()) {
      sections.back() += std::string(line) + "\n";
    }
  }
  return sections;
}

void make_version(Connection& connection, std::size_t version) {
  const std::vector<std::string> sections = steps();
  ASSERT_EQ(sections.size(), 9U);
  for (std::size_t i = 0; i < version; ++i)
    ASSERT_TRUE(connection.execute(sections[i]));
  ASSERT_TRUE(
      connection.execute(fmt::format("create table schema_migrations (version uint64, dirty bool);"
                                     "create unique index version_unique on schema_migrations (version);"
                                     "insert into schema_migrations values ({}, 0)",
                                     version)));
}

// Every table, column and index that is part of the public schema.
std::string shape(Connection& connection) {
  return ask(connection,
             "select group_concat(line, char(10)) from ("
             "select m.name || ' ' || c.name || ' ' || c.type || ' ' || ifnull(c.dflt_value, '-') as line "
             "from sqlite_master as m, pragma_table_info(m.name) as c where m.type = 'table' "
             "and m.name not like 'ceems%' "
             "union all select l.name || ' ' || l.\"unique\" || ' ' || group_concat(i.name) from "
             "sqlite_master as m, "
             "pragma_index_list(m.name) as l, pragma_index_info(l.name) as i where m.type = 'table' and "
             "m.name not like 'ceems%' group by l.name order by 1)");
}

class Schema : public testing::TestWithParam<std::size_t> {
 protected:
  TestDirectory directory_;
  std::string path_ = directory_.path() + "/ceems.db";
};

TEST_P(Schema, IsTheSameWhereverOneComesFrom) {
  const auto fresh = connect(directory_.path() + "/fresh.db");
  ASSERT_TRUE(migrate(*fresh));
  const auto old = connect(path_);
  make_version(*old, GetParam());
  const auto status = migrate(*old);
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(shape(*old), shape(*fresh));
  EXPECT_EQ(ask(*old, "select version || ' ' || dirty from schema_migrations"), "10 0");
}

TEST_P(Schema, KeepsItsRows) {
  const auto old = connect(path_);
  make_version(*old, GetParam());
  ASSERT_TRUE(migrate(*old));
  EXPECT_EQ(ask(*old, "select uuid || total_egress_stats || total_custom_stats from units"),
            R"(42{"bytes_total":7}{})");
  if (GetParam() >= 2) {
    EXPECT_EQ(ask(*old, "select total_egress_stats from usage"), R"({"bytes_total":7})");
  }
  if (GetParam() >= 3) {
    EXPECT_EQ(ask(*old, "select name || projects from users"), R"(ann["bio"])");
  }
  if (GetParam() >= 4) {
    EXPECT_EQ(ask(*old, "select name || users from projects"), R"(bio["ann"])");
  }
  if (GetParam() >= 5) {
    EXPECT_EQ(ask(*old,
                  "select group_concat(line) from (select name || tags || last_updated_at || cluster_id "
                  "as line from admin_users order by name)"),
              R"(ops["grafana"]2029-01-02T03:16:00all,root["ceems"]2029-01-02T03:15:00all)");
  }
  if (GetParam() >= 7) {
    EXPECT_EQ(ask(*old, "select total_egress_stats from daily_usage"), R"({"bytes_total":7})");
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, Schema, testing::Range<std::size_t>(1, 10));

class Migration : public testing::Test {
 protected:
  TestDirectory directory_;
  std::unique_ptr<Connection> connection_ = connect(directory_.path() + "/ceems.db");
};

TEST_F(Migration, DoesNothingAtTheNewestVersion) {
  ASSERT_TRUE(migrate(*connection_));
  const std::string before = shape(*connection_);
  ASSERT_TRUE(migrate(*connection_));
  EXPECT_EQ(shape(*connection_), before);
}

TEST_F(Migration, RefusesANewerDatabase) {
  make_version(*connection_, 9);
  ASSERT_TRUE(connection_->execute("update schema_migrations set version = 11"));
  const auto status = migrate(*connection_);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("schema version 11 is unknown"), std::string::npos);
  EXPECT_EQ(ask(*connection_, "select version from schema_migrations"), "11");
}

TEST_F(Migration, RefusesAHalfDoneStep) {
  make_version(*connection_, 8);
  ASSERT_TRUE(connection_->execute("update schema_migrations set dirty = 1"));
  const auto status = migrate(*connection_);
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find("version 8 was not finished"), std::string::npos);
}

TEST_F(Migration, LeavesTheDatabaseAsItWasWhenAStepFails) {
  make_version(*connection_, 6);
  ASSERT_TRUE(connection_->execute("create table daily_usage (id integer)"));
  EXPECT_FALSE(migrate(*connection_));
  EXPECT_EQ(ask(*connection_, "select version || ' ' || dirty from schema_migrations"), "6 0");
  EXPECT_EQ(ask(*connection_, "select uuid from units"), "42");
}

TEST_F(Migration, MakesFilesThatOthersCannotRead) {
  struct stat status{};
  ASSERT_EQ(::stat((directory_.path() + "/ceems.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U & 0027U, 0U);
}

TEST_F(Migration, MakesIndexesOnlyOnce) {
  ASSERT_TRUE(migrate(*connection_));
  ASSERT_TRUE(create_indexes(*connection_));
  ASSERT_TRUE(create_indexes(*connection_));
  EXPECT_EQ(ask(*connection_,
                "select count(*) from sqlite_master where type = 'index' and name like 'ceems_units_%'"),
            "6");
}

}  // namespace
}  // namespace ceems::store
