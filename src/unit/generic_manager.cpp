#include "unit/generic_manager.h"

#include "base/text.h"
#include "unit/cgroup_path.h"

#include <algorithm>

#include <re2/re2.h>

namespace ceems::unit {

namespace {

constexpr int kRangeLength = 256;

re2::StringPiece piece(std::string_view text) {
  return {text.data(), text.size()};
}

// Whether a match can only start where the text starts: "^…" without another choice beside it.
bool is_anchored(std::string_view pattern) {
  if (!pattern.starts_with('^')) return false;
  // Repeated, the anchor may be left out.
  if (pattern.size() > 1 && std::string_view("*+?{").find(pattern[1]) != std::string_view::npos) return false;
  int depth = 0;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (in_class) {
      in_class = c != ']';
    } else if (c == '[') {
      in_class = true;
      // A bracket that comes first is one of the class.
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') ++i;
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == '|' && depth == 0) {
      return false;
    }
  }
  // What \Q quotes was not told apart.
  return pattern.find("\\Q") == std::string_view::npos;
}

}  // namespace

GenericManager::GenericManager(std::string name) : name_(std::move(name)) {}

GenericManager::~GenericManager() = default;

base::Result<std::unique_ptr<GenericManager>> GenericManager::make(std::string name, std::string_view pattern,
                                                                   std::string_view user,
                                                                   std::string_view project) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  std::unique_ptr<GenericManager> made(new GenericManager(std::move(name)));
  made->pattern_ = std::make_unique<re2::RE2>(piece(pattern), options);
  if (!made->pattern_->ok()) {
    return base::fail(base::ErrorCode::kInvalid, "pattern", "not a regular expression: {}",
                      made->pattern_->error());
  }
  for (const auto& [number, group] : made->pattern_->CapturingGroupNames()) {
    made->groups_.push_back(group);
    made->group_numbers_.push_back(static_cast<std::size_t>(number));
  }
  if (std::ranges::find(made->groups_, "id") == made->groups_.end()) {
    return base::fail(base::ErrorCode::kInvalid, "pattern", "has no group named \"id\": (?P<id>…)");
  }
  const auto parse = [&](std::string_view text, std::string_view key) -> base::Result<LabelTemplate> {
    auto parsed = LabelTemplate::parse(text, made->groups_);
    if (!parsed) parsed.error().subject = key;
    return parsed;
  };
  CEEMS_TRY(made->user_, parse(user, "user"));
  CEEMS_TRY(made->project_, parse(project, "project"));
  if (!is_anchored(pattern) ||
      !made->pattern_->PossibleMatchRange(&made->least_, &made->most_, kRangeLength)) {
    made->least_.clear();
    made->most_.clear();
  }
  return made;
}

std::optional<Claim> GenericManager::claim(std::string_view path) const {
  std::vector<re2::StringPiece> matched(static_cast<std::size_t>(pattern_->NumberOfCapturingGroups()) + 1);
  if (!pattern_->Match(piece(path), 0, path.size(), re2::RE2::UNANCHORED, matched.data(),
                       static_cast<int>(matched.size()))) {
    return std::nullopt;
  }
  Claim claim;
  claim.name = last_component(path);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const re2::StringPiece& part = matched[group_numbers_[i]];
    std::string value(part.data(), part.size());
    if (groups_[i] == "id") claim.uuid = base::trim(value);
    if (groups_[i] == "host") claim.cgrouphostname = base::trim(value);
    if (groups_[i] == "name" && !value.empty()) claim.name = value;
    claim.groups.push_back(std::move(value));
  }
  if (claim.uuid.empty()) return std::nullopt;
  return claim;
}

bool GenericManager::may_claim_below(std::string_view path) const {
  if (most_.empty()) return true;
  std::string below(path);
  below += '/';
  // Everything below starts with that text: its least string is the text itself, its greatest has any tail.
  return below <= most_ && (below >= least_ || least_.starts_with(below));
}

std::optional<std::string> GenericManager::identify(const std::string& /*procfs*/, pid_t /*pid*/,
                                                    std::string_view /*directory*/) const {
  return std::nullopt;  // what it claims has a uuid
}

Belonging GenericManager::belonging(const Claim& claim, std::string_view owner) const {
  return {user_.expand(claim.groups, owner), project_.expand(claim.groups, owner)};
}

}  // namespace ceems::unit
