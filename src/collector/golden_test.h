// For tests: what a collector puts onto the page, as text to compare.
#pragma once

#include "base/file.h"
#include "collector/collector.h"
#include "exposition/page.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace ceems::collector {

// The page after one collection, or "error: " and why it failed, and a line for each family that lost
// samples.
inline std::string collect_page(Collector& collector) {
  const auto status = collector.collect({std::chrono::steady_clock::now() + std::chrono::hours(1)});
  if (!status) return "error: " + status.error().text() + "\n";
  exposition::Emitter emitter;
  collector.emit(emitter);
  std::string page;
  for (const std::string& family : exposition::PageBuilder().build(emitter, page))
    page += "conflict: " + family + "\n";
  return page;
}

// The same without the lines that start with '#'.
inline std::string samples_only(std::string_view page) {
  std::string samples;
  while (!page.empty()) {
    const std::size_t end = std::min(page.find('\n'), page.size() - 1) + 1;
    if (!page.starts_with('#')) samples += page.substr(0, end);
    page.remove_prefix(end);
  }
  return samples;
}

// What it emits now is declared in the same words.
inline void expect_declared(const Collector& collector) {
  exposition::Emitter emitter;
  collector.emit(emitter);
  const auto families = collector.families();
  for (const auto& section : emitter.sections()) {
    const auto declared = std::ranges::find(families, section.family.name, &exposition::Family::name);
    ASSERT_NE(declared, families.end()) << section.family.name;
    EXPECT_EQ(declared->help, section.family.help);
    EXPECT_EQ(declared->type, section.family.type);
    EXPECT_EQ(declared->labels, section.family.labels);
  }
}

inline std::string test_file(std::string_view name) {
  return base::read_file(base::join_path(CEEMS_TEST_DATA, name)).value();
}

}  // namespace ceems::collector
