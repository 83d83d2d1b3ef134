// The manager "slurm": jobs and associations as sacct and sacctmgr tell them, or slurmrestd where web.url is
// set. A unit is one run of a job: a requeued job is several units of one id. Steps are part of their job;
// tasks of arrays and parts of heterogeneous jobs are jobs of their own.
//
// Nothing is lost while SLURM's database is away: then fetch_units() fails and the window is asked for again.
// What the controller hands to the database late is found by looking back an hour. A running unit that the
// window's answer lacks is asked for by its id; one that SLURM has not known for a day ends as UNKNOWN, then.
// A cluster that is configured by name and that SLURM does not have is an error of each window until it has.
#pragma once

#include "base/result.h"
#include "manager/manager.h"
#include "manager/rest.h"
#include "manager/settings.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::manager {

// Errors: there is no sacct. `make_transport` is for tests; empty for the network.
base::Result<std::unique_ptr<Manager>> make_slurm_manager(const ClusterSettings& settings,
                                                          const MakeTransport& make_transport = {});

// Of pairs of an account and a user: users with their accounts and accounts with their users, sorted. root
// and associations of whole accounts are left out.
Membership membership_of(const std::vector<std::pair<std::string, std::string>>& associations);

// sacctmgr's answer, "account|user" by line. Errors: kInvalid, naming the line.
base::Result<Membership> parse_associations(std::string_view output);

// The names of the clusters that sacctmgr lists, one by line. Errors: kInvalid, naming the line.
base::Result<std::vector<std::string>> parse_clusters(std::string_view output);

}  // namespace ceems::manager
