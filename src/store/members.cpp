#include "store/members.h"

#include "store/tolerant.h"

#include <string.h>  // memmem

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace ceems::store {

namespace {

constexpr std::size_t kMaxUsers = 10'000;

bool contains(std::string_view text, std::string_view part) {
  return ::memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

// A name stands in the text of a list as it is, unless something in the list is escaped.
bool may_list(std::string_view list, const std::vector<std::string>& quoted) {
  return contains(list, "\\") ||
         std::ranges::any_of(quoted, [&](const std::string& name) { return contains(list, name); });
}

// More names than that are looked for in the lists themselves.
constexpr std::size_t kMaxQuoted = 8;

}  // namespace

base::Result<std::vector<ProjectKey>> read_projects_of(Connection& connection,
                                                       const std::vector<std::string>& users) {
  const std::set<std::string> wanted(users.begin(), users.end());
  std::vector<std::string> quoted;
  for (const std::string& user : wanted)
    quoted.push_back('"' + user + '"');
  CEEMS_TRY(Statement statement, connection.prepare("select users, cluster_id, name from projects"));
  std::vector<ProjectKey> keys;
  for (;;) {
    CEEMS_TRY(const bool row, statement.step());
    if (!row) break;
    const std::string_view list = statement.text(0);
    if (quoted.size() <= kMaxQuoted && !may_list(list, quoted)) continue;
    if (!std::ranges::any_of(read_string_list(list),
                             [&](const std::string& name) { return wanted.contains(name); }))
      continue;
    keys.push_back({std::string(statement.text(1)), std::string(statement.text(2))});
  }
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  return keys;
}

base::Status Members::refresh() {
  const ConnectionPool::FileId file = ConnectionPool::identify(path_);
  if (!connection_ || !(file == file_)) {
    connection_.reset();
    known_.clear();
    CEEMS_TRY(connection_, Connection::open(path_, Connection::Mode::kReadOnly, busy_timeout_));
    file_ = file;
    version_ = 0;
  }
  // Before anything is read: what is written in between is seen next time.
  const auto version = connection_->integer_of("pragma data_version");
  if (!version) {
    connection_.reset();
    return std::unexpected(version.error());
  }
  if (*version != version_) known_.clear();
  version_ = *version;
  return {};
}

base::Result<std::vector<ProjectKey>> Members::projects_of(const std::string& user) {
  const std::scoped_lock lock(mutex_);
  CEEMS_TRY_VOID(refresh());
  if (const auto found = known_.find(user); found != known_.end()) return found->second;
  auto keys = read_projects_of(*connection_, {user});
  if (!keys) {
    connection_.reset();
    return keys;
  }
  if (known_.size() >= kMaxUsers) known_.clear();
  known_.emplace(user, *keys);
  return keys;
}

}  // namespace ceems::store
