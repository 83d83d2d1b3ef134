#include "unit/generic_config.h"

#include "base/text.h"
#include "config/suggest.h"
#include "config/yaml.h"
#include "unit/generic_manager.h"
#include "unit/presets.h"

#include <set>
#include <string_view>

namespace ceems::unit {

namespace {

using config::Document;
using config::Node;

base::Result<std::string> pattern_of(const Node& entry) {
  const Node preset = entry["preset"];
  const Node pattern = entry["pattern"];
  if (preset.present() && pattern.present())
    return preset.error("give either a preset or a pattern, not both");
  if (!preset.present()) {
    if (!pattern.present()) return entry.error("needs a preset or a pattern");
    return pattern.string();
  }
  CEEMS_TRY(const std::string name, preset.string());
  if (const Preset* known = find_preset(name)) return std::string(known->pattern);
  const std::string meant = config::closest_name(name, preset_names());
  if (!meant.empty())
    return preset.error(fmt::format("unknown preset \"{}\": did you mean \"{}\"?", name, meant));
  return preset.error(
      fmt::format("unknown preset \"{}\"; there are {}", name, base::join(preset_names(), ", ")));
}

base::Result<std::unique_ptr<Manager>> manager_of(const Document& document, const Node& entry,
                                                  std::set<std::string>& names) {
  CEEMS_TRY_VOID(entry.check_map());
  const Node name_node = entry["name"];
  CEEMS_TRY(const std::string name, name_node.string());
  const Node user_node = entry["user"];
  const Node project_node = entry["project"];
  auto pattern = pattern_of(entry);
  // A mistyped key explains a missing one.
  if (const auto unknown = document.unknown_keys(entry); !unknown.empty()) {
    return base::fail(base::ErrorCode::kInvalid, "", "{}", unknown.front());
  }
  if (name.empty()) return (name_node.present() ? name_node : entry).error("needs a name");
  if (!names.insert(name).second)
    return name_node.error(fmt::format("\"{}\" is the name of another one", name));
  CEEMS_TRY(const std::string pattern_text, std::move(pattern));
  CEEMS_TRY(const std::string user, user_node.string("{owner}"));
  CEEMS_TRY(const std::string project, project_node.string());
  auto made = GenericManager::make(name, pattern_text, user, project);
  if (!made) return entry[made.error().subject].error(made.error().message);
  return std::unique_ptr<Manager>(*std::move(made));
}

base::Result<Managers> managers_of(const Document& document) {
  const Node root = document.root();
  CEEMS_TRY_VOID(root.check_map());
  const Node list = root["generic"];
  CEEMS_TRY_VOID(list.check_sequence());
  Managers managers;
  std::set<std::string> names;
  for (const Node& entry : list.elements()) {
    CEEMS_TRY(auto manager, manager_of(document, entry, names));
    managers.push_back(std::move(manager));
  }
  if (const auto unknown = document.unknown_keys(root); !unknown.empty()) {
    return base::fail(base::ErrorCode::kInvalid, "", "{}", unknown.front());
  }
  if (managers.empty()) return root.error("there is nothing under \"generic\"");
  return managers;
}

}  // namespace

base::Result<Managers> load_generic_managers(const std::string& path) {
  CEEMS_TRY(const Document document, Document::load(path));
  return managers_of(document);
}

base::Result<Managers> parse_generic_managers(std::string text, std::string name) {
  CEEMS_TRY(const Document document, Document::parse(std::move(text), std::move(name)));
  return managers_of(document);
}

}  // namespace ceems::unit
