#include "access/claims.h"

#include "access/generations.h"
#include "access/remembered_claims.h"
#include "store/reader.h"
#include "store/writer.h"

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace ceems::access {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

// Hours stand for times. Job 7 was used three times on hpc: by bio, by art and by bio again.
constexpr const char* kRows = R"sql(
insert into projects (cluster_id, name, users) values
 ('hpc','bio','["ann","bob"]'), ('hpc','art','["eve"]'), ('cloud','art','["ann"]');
insert into admin_users (name, tags) values ('root','["ceems"]');
insert into units (cluster_id, uuid, project, started_at, started_at_ts, ended_at_ts) values
 ('hpc','7','bio','a', 3600000,  7200000),
 ('hpc','7','art','b', 36000000, 39600000),
 ('hpc','7','bio','c', 72000000, 0),
 ('hpc','8','art','a', 3600000,  0),
 ('hpc','9','bio','a', 3600000,  7200000),
 ('cloud','7','art','a', 3600000, 7200000),
 ('cloud','9','bio','a', 3600000, 7200000);
)sql";

class Database {
 public:
  Database() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-access-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    EXPECT_TRUE(store::Writer::open({.directory = directory_}));
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, kRows, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { std::filesystem::remove_all(directory_); }

  std::string path() const { return store::database_path(directory_); }

 private:
  std::string directory_;
};

// kInternal where there is no error.
template <class Result>
base::ErrorCode code(const Result& result) {
  return result ? base::ErrorCode::kInternal : result.error().code;
}

class ClaimsTest : public testing::Test {
 protected:
  Claim claim(const std::string& user, const std::string& cluster, const std::string& uuid) {
    const auto claims = claims_->of_ids(user, cluster, {uuid});
    EXPECT_TRUE(claims) << claims.error().text();
    return claims ? claims->front() : Claim();
  }
  std::vector<std::string> ids(const std::string& user, const std::string& cluster, store::TimeRange window) {
    const auto claims = claims_->in_window(user, cluster, window, 100);
    EXPECT_TRUE(claims) << claims.error().text();
    std::vector<std::string> found;
    if (claims)
      for (const Claim& claim : **claims)
        found.push_back(claim.uuid);
    return found;
  }

  Database database_;
  std::unique_ptr<store::Reader> reader_ = *store::Reader::create({.path = database_.path()});
  std::unique_ptr<Claims> claims_ = make_database_claims(*reader_, kHourMs);
};

using Names = std::vector<std::string>;

TEST_F(ClaimsTest, KnowsWhenAnIdWasSomebodyElses) {
  const Claim claim = this->claim("ann", "hpc", "7");
  EXPECT_TRUE(claim.owned);
  EXPECT_TRUE(claim.holds({0, 2 * kHourMs}));
  EXPECT_FALSE(claim.holds({9 * kHourMs, 10 * kHourMs}));
  EXPECT_FALSE(claim.holds({0, kLast}));
  EXPECT_TRUE(claim.holds({20 * kHourMs, kLast}));
}

TEST_F(ClaimsTest, GivesUnitsTheirTail) {
  const Claim claim = this->claim("ann", "hpc", "7");
  EXPECT_FALSE(claim.holds({11 * kHourMs + kTailMs, 12 * kHourMs}));
  EXPECT_TRUE(claim.holds({11 * kHourMs + kTailMs + 1, 12 * kHourMs}));
  EXPECT_EQ(ids("ann", "hpc", {2 * kHourMs + kTailMs, 3 * kHourMs}), (Names{"7", "9"}));
  EXPECT_EQ(ids("ann", "hpc", {2 * kHourMs + kTailMs + 1, 3 * kHourMs}), Names{});
}

TEST_F(ClaimsTest, KnowsThatAnIdNeverWasTheUsers) {
  EXPECT_FALSE(claim("ann", "hpc", "8").owned);
  EXPECT_FALSE(claim("ann", "hpc", "8").holds({5 * kHourMs, 5 * kHourMs}));
  EXPECT_EQ(claim("ann", "hpc", "none"), (Claim{.uuid = "none"}));
  EXPECT_FALSE(claim("", "hpc", "7").owned);
  EXPECT_FALSE(claim("nobody", "hpc", "7").owned);
}

TEST_F(ClaimsTest, TakesAProjectForItsClusterOnly) {
  EXPECT_TRUE(claim("ann", "cloud", "7").owned);
  EXPECT_FALSE(claim("ann", "cloud", "9").owned);
  EXPECT_FALSE(claim("bob", "cloud", "7").owned);
  EXPECT_EQ(ids("ann", "cloud", {0, kLast}), (Names{"7"}));
}

TEST_F(ClaimsTest, RefusesTooManyAndAnOldDatabase) {
  EXPECT_EQ(code(claims_->in_window("ann", "hpc", {0, kLast}, 1)), base::ErrorCode::kTooLarge);
  const auto strict = make_database_claims(*reader_, -1);
  EXPECT_EQ(code(strict->is_admin("root")), base::ErrorCode::kUnavailable);
  EXPECT_EQ(code(strict->of_ids("ann", "hpc", {"7"})), base::ErrorCode::kUnavailable);
  EXPECT_EQ(code(strict->in_window("ann", "hpc", {0, 1}, 9)), base::ErrorCode::kUnavailable);
}

TEST_F(ClaimsTest, CannotTellWithoutADatabase) {
  const auto reader = *store::Reader::create({.path = database_.path() + "-none"});
  const auto claims = make_database_claims(*reader, kHourMs);
  EXPECT_EQ(code(claims->is_admin("root")), base::ErrorCode::kUnavailable);
}

TEST_F(ClaimsTest, RemembersForAWhile) {
  auto now = std::chrono::steady_clock::time_point(1h);
  RememberedClaims remembered(*claims_, {.max_age = 30s, .now = [&now] { return now; }});
  EXPECT_EQ(code(remembered.knowing().of_ids("ann", "hpc", {"7"})), base::ErrorCode::kNoData);
  EXPECT_TRUE(remembered.asking().of_ids("ann", "hpc", {"7", "8"}));
  const auto known = remembered.knowing().of_ids("ann", "hpc", {"8", "7"});
  ASSERT_TRUE(known);
  EXPECT_EQ((*known)[0], claim("ann", "hpc", "8"));
  EXPECT_EQ((*known)[1], claim("ann", "hpc", "7"));
  // Of another user nothing is known.
  EXPECT_EQ(code(remembered.knowing().of_ids("bob", "hpc", {"7"})), base::ErrorCode::kNoData);
  EXPECT_TRUE(remembered.asking().in_window("ann", "hpc", {1, 90'000}, 9));
  EXPECT_TRUE(remembered.knowing().in_window("ann", "hpc", {30'000, 60'001}, 9));
  EXPECT_EQ(code(remembered.knowing().in_window("ann", "hpc", {1, 120'001}, 9)), base::ErrorCode::kNoData);
  EXPECT_TRUE(*remembered.asking().is_admin("root"));
  EXPECT_TRUE(*remembered.knowing().is_admin("root"));
  now += 30s + 1ms;
  EXPECT_EQ(code(remembered.knowing().of_ids("ann", "hpc", {"7"})), base::ErrorCode::kNoData);
  EXPECT_EQ(code(remembered.knowing().is_admin("root")), base::ErrorCode::kNoData);
  EXPECT_EQ(code(remembered.knowing().in_window("ann", "hpc", {1, 90'000}, 9)), base::ErrorCode::kNoData);
}

TEST_F(ClaimsTest, RemembersEachUnitOfAList) {
  RememberedClaims remembered(*claims_, {});
  EXPECT_TRUE(remembered.asking().in_window("ann", "hpc", {0, 2 * kHourMs}, 9));
  const auto known = remembered.knowing().of_ids("ann", "hpc", {"7", "9"});
  ASSERT_TRUE(known);
  EXPECT_EQ((*known)[0], claim("ann", "hpc", "7"));
  EXPECT_EQ(code(remembered.knowing().of_ids("ann", "cloud", {"7"})), base::ErrorCode::kNoData);
}

TEST_F(ClaimsTest, DoesNotRememberFailures) {
  const auto reader = *store::Reader::create({.path = database_.path() + "-later"});
  const auto claims = make_database_claims(*reader, kHourMs);
  RememberedClaims remembered(*claims, {});
  EXPECT_FALSE(remembered.asking().is_admin("root"));
  std::filesystem::copy_file(database_.path(), database_.path() + "-later");
  EXPECT_TRUE(remembered.asking().is_admin("root"));
}

TEST(Generations, ForgetsWhatWasNotAskedFor) {
  Generations<int> memory(10);
  const Generations<int>::TimePoint now{};
  memory.put("kept", 1, now);
  memory.put("lost", 2, now);
  for (int i = 0; i < 100; ++i) {
    memory.put(std::to_string(i), i, now);
    EXPECT_EQ(memory.find("kept", now), 1);
    EXPECT_LE(memory.size(), 12U);
  }
  EXPECT_EQ(memory.find("lost", now), std::nullopt);
}

}  // namespace
}  // namespace ceems::access
