// Administrators out of Grafana: the members of some of its teams.
// https://grafana.com/docs/grafana/latest/developers/http_api/team/#get-team-members
#pragma once

#include "base/result.h"
#include "config/http_client.h"
#include "config/yaml.h"
#include "manager/rest.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::update {

struct GrafanaSettings {
  config::HttpClientConfig web{};
  std::vector<std::string> teams{};  // ids or uids of teams, distinct
  bool asks() const { return !web.url.empty() && !teams.empty(); }
};

// Reads a block with `url`, `teams_ids` and the keys of an HTTP client. Relative file names resolve against
// `directory`. Errors are "file:line: key: what".
base::Result<GrafanaSettings> read_grafana(const config::Node& node, const std::string& directory);

// The logins in an answer to GET /api/teams/<id>/members, in its order. An entry without a login that can be
// a user's name is left out. kInvalid for what is no such answer, about `subject`.
base::Result<std::vector<std::string>> read_team_members(std::string_view body, std::string_view subject);

// Not thread-safe, except for cancel().
class GrafanaTeams {
 public:
  // Contacts nobody. `make_transport` as for manager::Rest.
  static base::Result<std::unique_ptr<GrafanaTeams>> create(const GrafanaSettings& settings,
                                                            manager::MakeTransport make_transport = {});

  struct Answer {
    std::vector<std::string> logins{};  // of all teams, distinct, sorted
    // Teams that could not be asked; in place of them stands what they said last.
    std::vector<base::Error> failures{};
    // Whether each team has answered once, so that nobody else is an administrator by Grafana.
    bool complete = true;
  };
  // Asks for every team, one after the other. A team that does not exist has no members.
  Answer ask();
  // Makes running and future requests fail.
  void cancel() const { rest_.cancel(); }

 private:
  GrafanaTeams(manager::Rest rest, std::vector<std::string> teams)
      : rest_(std::move(rest)), teams_(std::move(teams)) {}

  base::Result<std::vector<std::string>> members_of(const std::string& team) const;

  manager::Rest rest_;
  std::vector<std::string> teams_;
  std::map<std::string, std::vector<std::string>> known_;  // by team
};

}  // namespace ceems::update
