#include "program/privileges.h"

#include "base/log.h"
#include "base/text.h"
#include "config/http_client.h"
#include "config/web_config.h"

#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

namespace ceems::program {

namespace {

constexpr std::array<std::string_view, 1> kReadAnything{"CAP_DAC_READ_SEARCH"};
constexpr std::array<std::string_view, 1> kChangeAnybodys{"CAP_FOWNER"};

}  // namespace

void add_files(std::vector<base::PathNeed>& paths, const config::HttpClientConfig& client) {
  for (std::string& path : config::files_of(client))
    paths.push_back({std::move(path), R_OK});
}

base::Result<base::User> final_user(const SecurityOptions& options) {
  if (options.drop_privileges && ::geteuid() == 0) return base::find_user(options.run_as_user);
  return base::current_user();
}

base::Result<Privileges> Privileges::prepare(const SecurityOptions& options, const FileNeeds& needs) {
  Privileges result(options);
  if (!options.drop_privileges) return result;
  const base::Logger log;
  CEEMS_TRY(const base::User user, final_user(options));
  if (::geteuid() == 0) {
    CEEMS_TRY(result.grants_, base::Grants::add(user, needs.paths));
    if (!result.grants_->empty()) {
      log.info("granted access to files for as long as the program runs",
               {{"user", user.name}, {"files", base::join(result.grants_->paths(), ",")}});
    }
  }
  CEEMS_TRY(std::vector<std::string> files, config::web_config_files(needs.web_config_file));
  files.insert(files.end(), needs.reread.begin(), needs.reread.end());
  CEEMS_TRY(const std::vector<std::string> unreadable, base::unreadable_files(user, files));
  if (!unreadable.empty()) {
    log.info("files that are read again are readable only with privileges",
             {{"user", user.name}, {"files", base::join(unreadable, ",")}});
    result.file_access_ = [](const std::function<void()>& look) {
      base::run_privileged(kReadAnything, look);
    };
  }
  return result;
}

base::Result<std::vector<base::MissingCapability>> Privileges::drop(
    std::vector<base::CapabilityNeed> features, bool allow_new_privileges) {
  if (!options_.drop_privileges) return std::vector<base::MissingCapability>();
  const base::Logger log;
  if (::geteuid() == 0)
    log.info("started as root: privileges will be dropped", {{"user", options_.run_as_user}});
  if (file_access_) features.push_back({"file-reading", {kReadAnything.begin(), kReadAnything.end()}});
  if (grants_ && !grants_->empty())
    features.push_back({"file-access", {kChangeAnybodys.begin(), kChangeAnybodys.end()}});
  CEEMS_TRY(base::DropReport report, base::drop_privileges({.user = options_.run_as_user,
                                                            .needs = features,
                                                            .keep_effective = options_.disable_cap_awareness,
                                                            .allow_new_privileges = allow_new_privileges}));
  const std::vector<std::string> kept(report.kept.begin(), report.kept.end());
  log.info("running without further privileges",
           {{"user", report.user}, {"capabilities", base::join(kept, ",")}});
  for (const base::MissingCapability& missing : report.missing) {
    const std::string lost = missing.purpose.empty() ? "some or all of it" : missing.purpose;
    log.warn("a feature lacks a capability and will work in part or not at all",
             {{"feature", missing.feature}, {"capability", missing.capability}, {"lost", lost}});
  }
  return std::move(report.missing);
}

void Privileges::give_back() {
  if (!grants_ || grants_->empty()) return;
  base::run_privileged(kChangeAnybodys, [&] {
    if (const auto status = grants_->revoke(); !status)
      base::Logger().warn("cannot take back access to a file", {{"err", status.error()}});
  });
}

}  // namespace ceems::program
