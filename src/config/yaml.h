// YAML with positions: every error says "file:line: path.to[0].key: what". Values are pulled out by type;
// keys that nobody asked for can be listed, so that a typo is found. A reader of a mapping or a list first
// says so (check_map(), check_sequence()): operator[] and elements() of another type give nothing.
//
// One document a file. Anchors, aliases and merge keys ("<<") work; duplicate keys are an error. Null, "~"
// and a key without a value count as absent. https://yaml.org/spec/1.2.2/
//
// Not thread-safe; a Document must outlive its Nodes.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::config {

class Document;

class Node {
 public:
  bool present() const;  // the key exists and is not null
  bool is_map() const;
  bool is_sequence() const;
  bool is_scalar() const;

  // An error if the node is present and of another type.
  base::Status check_map() const;
  base::Status check_sequence() const;

  // The child of that key; an absent Node when there is none. Remembers that the key was asked for.
  Node operator[](std::string_view key) const;
  // Elements of a sequence, or pairs of a mapping in file order. Empty for anything else. pairs() counts as
  // asking for every key.
  std::vector<Node> elements() const;
  std::vector<std::pair<std::string, Node>> pairs() const;

  // Typed values; kInvalid with position if the node is of another type. An absent node gives `fallback`.
  base::Result<std::string> string(std::string_view fallback = "") const;  // any scalar, as it was written
  base::Result<bool> boolean(bool fallback) const;                         // true/false, yes/no, on/off
  base::Result<std::int64_t> integer(std::int64_t fallback) const;         // decimal
  base::Result<double> number(double fallback) const;                      // finite
  base::Result<std::vector<std::string>> strings() const;  // a sequence of scalars; absent: empty

  // An error about this node: "file:line: path: message".
  std::unexpected<base::Error> error(std::string_view message) const;
  // The same as text, for warnings.
  std::string message(std::string_view text) const;
  // "clusters[0].web.url"; "" for the root
  const std::string& path() const;
  int line() const;  // from 1: where its key or its list entry stands; 0 for an absent node

 private:
  friend class Document;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

class Document {
 public:
  // Reads and parses a file, or a text under that name. Errors carry the line. Bounded: 4 MiB, 64 levels,
  // 500,000 nodes, of which aliases may expand to 100,000.
  static base::Result<Document> load(const std::string& path, bool expand_environment = false);
  static base::Result<Document> parse(std::string text, std::string name);

  Node root() const;
  const std::string& name() const;
  // "file:line: path: unknown key" for each key below `node` that was never asked for.
  std::vector<std::string> unknown_keys(const Node& node) const;

 private:
  friend class Node;
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Replaces $NAME and ${NAME}, ${NAME:-default}; $$ is a literal $. Unset names are empty. The default goes up
// to the next "}", is taken as it stands, and also replaces an empty value. A "$" before anything else stays;
// "${}" and a "${" that is never closed are dropped.
std::string expand_environment(std::string_view text);

}  // namespace ceems::config
