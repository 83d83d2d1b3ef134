#include "config/yaml.h"

#include "base/file.h"
#include "base/text.h"
#include "config/environment.h"
#include "config/suggest.h"
#include "config/yaml_tree.h"

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

namespace ceems::config {

using base::ErrorCode;
using base::Result;

struct Document::Impl {
  std::string name;
  YamlTreePtr tree;
  // For each mapping's path the keys that readers asked for.
  mutable std::map<std::string, std::set<std::string>, std::less<>> asked;
};

struct Node::Impl {
  const Document::Impl* document = nullptr;
  const YamlTree* tree = nullptr;  // null: absent
  std::string path;
  int line = 0;         // 0: absent
  int parent_line = 0;  // where an error about an absent node points
};

namespace {

std::string child_path(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : fmt::format("{}.{}", parent, key);
}

std::string element_path(std::string_view parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

std::string position(std::string_view name, int line, std::string_view path) {
  std::string text = line > 0 ? fmt::format("{}:{}", name, line) : std::string(name);
  if (!path.empty()) text += fmt::format(": {}", path);
  return text;
}

std::string_view type_name(const YamlTree& tree) {
  switch (tree.kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kScalar:
      return "a single value";
    case YamlKind::kSequence:
      return "a list";
    case YamlKind::kMap:
      return "a mapping";
  }
  return "nothing";
}

std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = base::to_lower(text);
  if (word == "true" || word == "yes" || word == "on" || word == "y") return true;
  if (word == "false" || word == "no" || word == "off" || word == "n") return false;
  return std::nullopt;
}

// Lists what nobody asked for, depth first, in file order.
class UnknownKeys {
 public:
  UnknownKeys(const std::string& name, const std::map<std::string, std::set<std::string>, std::less<>>& asked)
      : name_(name), asked_(asked) {}

  void visit(const YamlTree& tree, const std::string& path) {
    if (tree.kind == YamlKind::kSequence) {
      for (std::size_t i = 0; i < tree.entries.size(); ++i)
        visit(*tree.entries[i].value, element_path(path, i));
    }
    if (tree.kind != YamlKind::kMap) return;
    const auto asked = asked_.find(path);
    for (const YamlEntry& entry : tree.entries) {
      const std::string child = child_path(path, entry.key);
      if (asked != asked_.end() && asked->second.contains(entry.key)) {
        visit(*entry.value, child);
      } else {
        report(entry, child, asked == asked_.end() ? std::set<std::string>{} : asked->second);
      }
    }
  }

  std::vector<std::string> take() { return std::move(found_); }

 private:
  void report(const YamlEntry& entry, const std::string& path, const std::set<std::string>& known) {
    const std::string meant = closest_name(entry.key, {known.begin(), known.end()});
    found_.push_back(fmt::format("{}: unknown key{}", position(name_, entry.line, path),
                                 meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant)));
  }

  const std::string& name_;
  const std::map<std::string, std::set<std::string>, std::less<>>& asked_;
  std::vector<std::string> found_;
};

}  // namespace

bool Node::present() const {
  return impl_ && impl_->tree != nullptr && impl_->tree->kind != YamlKind::kNull;
}
bool Node::is_map() const {
  return present() && impl_->tree->kind == YamlKind::kMap;
}
bool Node::is_sequence() const {
  return present() && impl_->tree->kind == YamlKind::kSequence;
}
bool Node::is_scalar() const {
  return present() && impl_->tree->kind == YamlKind::kScalar;
}

base::Status Node::check_map() const {
  if (!present() || is_map()) return {};
  return error(fmt::format("must be a mapping, not {}", type_name(*impl_->tree)));
}

base::Status Node::check_sequence() const {
  if (!present() || is_sequence()) return {};
  return error(fmt::format("must be a list, not {}", type_name(*impl_->tree)));
}

Node Node::operator[](std::string_view key) const {
  auto child = std::make_shared<Impl>();
  if (impl_) {
    child->document = impl_->document;
    child->path = child_path(impl_->path, key);
    child->parent_line = impl_->line > 0 ? impl_->line : impl_->parent_line;
    if (impl_->document != nullptr) impl_->document->asked[impl_->path].emplace(key);
  }
  if (is_map()) {
    for (const YamlEntry& entry : impl_->tree->entries) {
      if (entry.key != key) continue;
      child->tree = entry.value.get();
      child->line = entry.line;
    }
  }
  Node node;
  node.impl_ = std::move(child);
  return node;
}

std::vector<Node> Node::elements() const {
  std::vector<Node> nodes;
  if (!is_sequence()) return nodes;
  nodes.reserve(impl_->tree->entries.size());
  for (const YamlEntry& entry : impl_->tree->entries) {
    Node node;
    node.impl_ =
        std::make_shared<Impl>(Impl{impl_->document, entry.value.get(),
                                    element_path(impl_->path, nodes.size()), entry.line, impl_->line});
    nodes.push_back(std::move(node));
  }
  return nodes;
}

std::vector<std::pair<std::string, Node>> Node::pairs() const {
  std::vector<std::pair<std::string, Node>> nodes;
  if (!is_map()) return nodes;
  auto& asked = impl_->document->asked[impl_->path];
  nodes.reserve(impl_->tree->entries.size());
  for (const YamlEntry& entry : impl_->tree->entries) {
    Node node;
    node.impl_ = std::make_shared<Impl>(Impl{impl_->document, entry.value.get(),
                                             child_path(impl_->path, entry.key), entry.line, impl_->line});
    nodes.emplace_back(entry.key, std::move(node));
    asked.insert(entry.key);
  }
  return nodes;
}

Result<std::string> Node::string(std::string_view fallback) const {
  if (!present()) return std::string(fallback);
  if (!is_scalar()) return error(fmt::format("must be text, not {}", type_name(*impl_->tree)));
  return impl_->tree->text;
}

Result<bool> Node::boolean(bool fallback) const {
  if (!present()) return fallback;
  const auto value = is_scalar() && !impl_->tree->quoted ? parse_boolean(impl_->tree->text) : std::nullopt;
  if (!value) return error("must be true or false");
  return *value;
}

Result<std::int64_t> Node::integer(std::int64_t fallback) const {
  if (!present()) return fallback;
  std::string_view text = impl_->tree->text;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto value = is_scalar() && !impl_->tree->quoted ? base::parse_i64(text) : std::nullopt;
  if (!value) return error("must be a whole number");
  return *value;
}

Result<double> Node::number(double fallback) const {
  if (!present()) return fallback;
  const auto value =
      is_scalar() && !impl_->tree->quoted ? base::parse_double(impl_->tree->text) : std::nullopt;
  if (!value || !std::isfinite(*value)) return error("must be a number");
  return *value;
}

Result<std::vector<std::string>> Node::strings() const {
  CEEMS_TRY_VOID(check_sequence());
  std::vector<std::string> values;
  for (const Node& element : elements()) {
    if (!element.is_scalar()) return element.error("must be text");
    CEEMS_TRY(std::string value, element.string());
    values.push_back(std::move(value));
  }
  return values;
}

std::unexpected<base::Error> Node::error(std::string_view message) const {
  std::string subject;
  if (impl_ && impl_->document != nullptr) {
    subject =
        position(impl_->document->name, impl_->line > 0 ? impl_->line : impl_->parent_line, impl_->path);
  }
  return std::unexpected(base::Error{ErrorCode::kInvalid, std::string(message), std::move(subject)});
}

std::string Node::message(std::string_view text) const {
  return error(text).error().text();
}

const std::string& Node::path() const {
  static const std::string kNone;
  return impl_ ? impl_->path : kNone;
}

int Node::line() const {
  return impl_ ? impl_->line : 0;
}

Result<Document> Document::load(const std::string& path, bool expand_environment) {
  if (base::is_directory(path)) return base::fail(ErrorCode::kInvalid, path, "is a directory, not a file");
  CEEMS_TRY(std::string text, base::read_file(path, kMaxYamlBytes));
  if (expand_environment) text = expand_environment_within(text, kMaxYamlBytes);
  return parse(std::move(text), path);
}

Result<Document> Document::parse(std::string text, std::string name) {
  Document document;
  document.impl_ = std::make_shared<Impl>();
  CEEMS_TRY(document.impl_->tree, parse_yaml_tree(text, name));
  document.impl_->name = std::move(name);
  return document;
}

Node Document::root() const {
  Node node;
  node.impl_ = std::make_shared<Node::Impl>(
      Node::Impl{impl_.get(), impl_->tree.get(), "", impl_->tree->line, impl_->tree->line});
  return node;
}

const std::string& Document::name() const {
  return impl_->name;
}

std::vector<std::string> Document::unknown_keys(const Node& node) const {
  if (!node.present()) return {};
  UnknownKeys unknown(impl_->name, impl_->asked);
  unknown.visit(*node.impl_->tree, node.impl_->path);
  return unknown.take();
}

}  // namespace ceems::config
