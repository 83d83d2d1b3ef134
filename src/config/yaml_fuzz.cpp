// Any bytes as a YAML file: parsed, walked by every accessor, and expanded.
#include "config/yaml.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void walk(const ceems::config::Node& node) {
  (void)node.string();
  (void)node.boolean(false);
  (void)node.integer(0);
  (void)node.number(0);
  (void)node.strings();
  (void)node["cert_file"].present();
  for (const auto& element : node.elements())
    walk(element);
  for (const auto& [key, value] : node.pairs()) {
    if (node[key].path() != value.path()) std::abort();
    walk(value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)ceems::config::expand_environment(text);
  if (const auto document = ceems::config::Document::parse(text, "fuzz.yml")) {
    (void)document->unknown_keys(document->root());
    walk(document->root());
    // Every key was asked for by now.
    if (!document->unknown_keys(document->root()).empty()) std::abort();
  }
  return 0;
}
