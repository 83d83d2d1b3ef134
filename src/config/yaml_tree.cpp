#include "config/yaml_tree.h"

#include "config/yaml_text.h"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace ceems::config {

namespace {

using base::ErrorCode;
using base::Result;

int line_of(const YAML::Mark& mark) {
  return std::max(mark.line, 0) + 1;
}

// Leaves the parser with a message: the library offers no other way out of an event.
[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& message) {
  throw YAML::ParserException(mark, message);
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string_view text) : text_(text) {}

  YamlTreePtr root() const { return root_; }
  int root_line() const { return root_line_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    root_line_ = line_of(mark);
    root_ = std::make_shared<YamlTree>();
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add_leaf(mark, anchor, new_node(mark, YamlKind::kNull));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (has_open_quote(text_, static_cast<std::size_t>(std::max(mark.pos, 0)))) {
      refuse(mark, "text in quotes is never closed");
    }
    const auto node = new_node(mark, YamlKind::kScalar);
    node->text = value;
    node->quoted = is_text_tag(mark, tag);
    add_leaf(mark, anchor, node);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark, "alias of an unknown anchor");
    const YamlTreePtr& target = found->second;
    if (std::ranges::any_of(open_, [&](const Open& open) { return open.node == target; })) {
      refuse(mark, "alias inside the value that it stands for");
    }
    alias_nodes_ += target->size;
    if (alias_nodes_ > kMaxYamlAliasNodes) {
      refuse(mark, fmt::format("aliases expand to more than {} values", kMaxYamlAliasNodes));
    }
    if (static_cast<int>(open_.size()) + target->height > kMaxYamlDepth) refuse_depth(mark);
    attach(mark, target);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlKind::kSequence);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlKind::kMap);
  }
  void OnMapEnd() override {
    merge_into(*open_.back().node, open_.back().merged);
    close();
  }

 private:
  // A mapping or sequence whose end was not seen yet.
  struct Open {
    std::shared_ptr<YamlTree> node;
    std::optional<std::string> key;   // of a mapping, waiting for its value
    bool merge_key = false;           // that key is "<<"
    int key_line = 0;                 // where it stands
    std::map<std::string, int> keys;  // seen so far, with their lines
    std::vector<YamlTreePtr> merged;  // values of "<<", most important first
    YAML::Mark mark;
  };

  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    refuse(mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
  }

  std::shared_ptr<YamlTree> new_node(const YAML::Mark& mark, YamlKind kind) {
    if (++nodes_ > kMaxYamlNodes) refuse(mark, fmt::format("more than {} values", kMaxYamlNodes));
    auto node = std::make_shared<YamlTree>();
    node->kind = kind;
    node->line = line_of(mark);
    return node;
  }

  // yaml-cpp's tag is "?" for a plain scalar and "!" for a quoted one. Whether it is text for good.
  static bool is_text_tag(const YAML::Mark& mark, const std::string& tag) {
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    if (tag.empty() || tag == "?") return false;
    if (tag == "!") return true;
    if (tag.starts_with(kCore)) {
      const std::string_view name = std::string_view(tag).substr(kCore.size());
      if (name == "str") return true;
      if (name == "int" || name == "float" || name == "bool") return false;
    }
    refuse(mark, fmt::format("tag '{}' is not supported", tag));
  }

  void remember(YAML::anchor_t anchor, const YamlTreePtr& node) {
    if (anchor != 0) anchors_[anchor] = node;
  }

  void add_leaf(const YAML::Mark& mark, YAML::anchor_t anchor, const YamlTreePtr& node) {
    remember(anchor, node);
    attach(mark, node);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlKind kind) {
    constexpr std::string_view kMapTag = "tag:yaml.org,2002:map";
    constexpr std::string_view kSequenceTag = "tag:yaml.org,2002:seq";
    if (!tag.empty() && tag != "?" && tag != "!" &&
        tag != (kind == YamlKind::kMap ? kMapTag : kSequenceTag)) {
      refuse(mark, fmt::format("tag '{}' is not supported", tag));
    }
    if (!open_.empty() && open_.back().node->kind == YamlKind::kMap && !open_.back().key) {
      refuse(mark, "a key must be text, not a mapping or a list");
    }
    if (static_cast<int>(open_.size()) >= kMaxYamlDepth) refuse_depth(mark);
    Open entry;
    entry.node = new_node(mark, kind);
    entry.mark = mark;
    remember(anchor, entry.node);
    open_.push_back(std::move(entry));
  }

  void close() {
    const Open done = std::move(open_.back());
    open_.pop_back();
    for (const YamlEntry& entry : done.node->entries) {
      done.node->size += entry.value->size;
      done.node->height = std::max(done.node->height, entry.value->height + 1);
    }
    attach(done.mark, done.node);
  }

  // Gives the value to whatever is open around it.
  void attach(const YAML::Mark& mark, const YamlTreePtr& node) {
    if (open_.empty()) {
      root_ = node;
      return;
    }
    Open& parent = open_.back();
    if (parent.node->kind == YamlKind::kSequence) {
      parent.node->entries.push_back({"", line_of(mark), node});
    } else if (!parent.key) {
      take_key(mark, parent, *node);
    } else if (parent.merge_key) {
      take_merge(mark, parent, node);
      parent.key.reset();
    } else {
      parent.node->entries.push_back({*std::move(parent.key), parent.key_line, node});
      parent.key.reset();
    }
  }

  static void take_key(const YAML::Mark& mark, Open& parent, const YamlTree& key) {
    if (key.kind != YamlKind::kScalar) refuse(mark, "a key must be text");
    const auto [seen, added] = parent.keys.emplace(key.text, line_of(mark));
    if (!added) {
      refuse(mark, fmt::format("duplicate key '{}', first on line {}", key.text, seen->second));
    }
    parent.key = key.text;
    parent.key_line = line_of(mark);
    parent.merge_key = key.text == "<<" && !key.quoted;
  }

  static void take_merge(const YAML::Mark& mark, Open& parent, const YamlTreePtr& value) {
    if (value->kind == YamlKind::kMap) {
      parent.merged.push_back(value);
      return;
    }
    if (value->kind != YamlKind::kSequence) refuse(mark, "'<<' must name a mapping or a list of mappings");
    for (const YamlEntry& entry : value->entries) {
      if (entry.value->kind != YamlKind::kMap) refuse(mark, "'<<' must name a mapping or a list of mappings");
      parent.merged.push_back(entry.value);
    }
  }

  // A mapping's own keys win over merged ones, and earlier merges over later ones.
  void merge_into(YamlTree& node, const std::vector<YamlTreePtr>& merged) {
    std::map<std::string, int>& keys = open_.back().keys;
    for (const YamlTreePtr& source : merged) {
      for (const YamlEntry& entry : source->entries) {
        if (keys.emplace(entry.key, entry.line).second) node.entries.push_back(entry);
      }
    }
  }

  std::string_view text_;
  YamlTreePtr root_ = std::make_shared<YamlTree>();
  int root_line_ = 1;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlTreePtr> anchors_;
  std::size_t nodes_ = 0;
  std::size_t alias_nodes_ = 0;
};

}  // namespace

Result<YamlTreePtr> parse_yaml_tree(std::string_view text, std::string_view name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  CEEMS_TRY_VOID(check_yaml_bytes(text, name));
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(text);
    if (!parser.HandleNextDocument(builder)) return builder.root();
    YamlTreePtr first = builder.root();
    // A lone "---" at the end opens a document without content: harmless.
    if (parser.HandleNextDocument(builder) && builder.root()->kind != YamlKind::kNull) {
      return fail_in_yaml(name, builder.root_line(), "a second document begins here");
    }
    return first;
  } catch (const YAML::Exception& exception) {
    const int line = line_of(exception.mark);
    return fail_in_yaml(name, line, explain_yaml_error(exception.msg, text, line));
  } catch (const std::exception& exception) {
    return fail_in_yaml(name, 1, exception.what(), ErrorCode::kInternal);
  }
}

}  // namespace ceems::config
