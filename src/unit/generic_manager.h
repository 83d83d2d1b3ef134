// A manager described by a pattern: an RE2 expression for UTF-8, searched for in the path, with a group named
// `id`. What `id` matched is the uuid as it stands (white space around it apart), `name` if there is such a
// group the name, and `host` the virtual node; without a group `name` the cgroup's own name is taken.
#pragma once

#include "base/result.h"
#include "unit/label_template.h"
#include "unit/manager.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace ceems::unit {

class GenericManager final : public Manager {
 public:
  // kInvalid, with a `subject` of "pattern", "user" or "project", if one of them cannot be understood.
  static base::Result<std::unique_ptr<GenericManager>> make(std::string name, std::string_view pattern,
                                                            std::string_view user, std::string_view project);
  ~GenericManager() override;

  const std::string& name() const override { return name_; }
  std::optional<Claim> claim(std::string_view path) const override;
  bool may_claim_below(std::string_view path) const override;
  std::optional<std::string> identify(const std::string& procfs, pid_t pid,
                                      std::string_view directory) const override;
  bool ends_with_its_processes() const override { return false; }
  bool knows_owners() const override { return true; }
  bool needs_owner() const override { return user_.needs_owner() || project_.needs_owner(); }
  Belonging belonging(const Claim& claim, std::string_view owner) const override;

 private:
  explicit GenericManager(std::string name);

  std::string name_;
  std::unique_ptr<re2::RE2> pattern_;
  std::vector<std::string> groups_;  // named ones
  std::vector<std::size_t> group_numbers_;
  LabelTemplate user_;
  LabelTemplate project_;
  std::string least_;  // every match lies between these; both empty: anywhere
  std::string most_;
};

}  // namespace ceems::unit
