// A YAML document as a plain tree with the line of every value: what Document and Node look into. Built from
// yaml-cpp's events, so that the limits hold while parsing and not after it.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

inline constexpr std::size_t kMaxYamlBytes = std::size_t{4} << 20;
inline constexpr int kMaxYamlDepth = 64;
inline constexpr std::size_t kMaxYamlNodes = 500'000;
inline constexpr std::size_t kMaxYamlAliasNodes = 100'000;

enum class YamlKind : std::uint8_t { kNull, kScalar, kSequence, kMap };

struct YamlTree;
using YamlTreePtr = std::shared_ptr<const YamlTree>;  // aliases share their anchor's tree

// One pair of a mapping or one element of a sequence (then without a key).
struct YamlEntry {
  std::string key;
  int line = 0;  // of the key or element, from 1
  YamlTreePtr value;
};

struct YamlTree {
  YamlKind kind = YamlKind::kNull;
  bool quoted = false;  // a scalar in quotes or tagged !!str: never a number or a boolean
  std::string text;     // of a scalar
  std::vector<YamlEntry> entries;
  int line = 1;
  std::size_t size = 1;  // nodes of the tree, aliases expanded
  int height = 1;        // levels of the tree
};

// Parses one document; an empty text is null. Errors have "name:line" as their subject.
base::Result<YamlTreePtr> parse_yaml_tree(std::string_view text, std::string_view name);

}  // namespace ceems::config
