// For tests of compute units: a node of ordinary files with the collector that looks at it.
#pragma once

#include "cgroup/test_tree.h"
#include "collector/compute_units.h"
#include "exposition/emitter.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ceems::collector {

using Lines = std::vector<std::string>;

struct Bench {
  Bench() {
    node.cgroupfs = tree.path("cgroup");
    node.procfs = tree.path("proc");
    node.sysfs = tree.path("sys");
    node.hostname = "node1";
    node.comparable_output = true;
    tree.make("cgroup");
    tree.write("proc/meminfo", "MemTotal: 1048576 kB\nSwapTotal: 1024 kB\n");
    tree.write("sys/devices/system/cpu/online", "0-7\n");
    configure(
        "generic:\n  - name: batch\n    pattern: ^/batch/job_(?P<id>[^/]+)$\n    user: alice\n    project: "
        "p\n");
  }
  void configure(const std::string& text) {
    tree.write("generic.yml", text);
    options.generic_config_file = tree.path("generic.yml");
  }
  // A unit under v2.
  void unified(const std::string& path, std::string_view user_usec = "1500000") const {
    tree.write("cgroup/cgroup.controllers", "cpu memory\n");
    tree.write("cgroup" + path + "/cgroup.controllers", "cpu memory\n");
    tree.write("cgroup" + path + "/cpu.stat",
               fmt::format("usage_usec 1\nuser_usec {}\nsystem_usec 250000\n", user_usec));
    tree.write("cgroup" + path + "/memory.current", "4096\n");
  }
  Collector& collector() {
    if (!made) {
      auto result = make_compute_units_collector(node, options);
      EXPECT_TRUE(result) << result.error().text();
      made = std::move(*result);
    }
    return *made;
  }
  base::Status collect() {
    return collector().collect(ScrapeContext{std::chrono::steady_clock::now() + std::chrono::minutes(1)});
  }
  // The samples, without HELP and TYPE, in the order in which they were written; the collector is not asked
  // to sort them.
  Lines samples() {
    const base::Status status = collect();
    EXPECT_TRUE(status) << status.error().text();
    exposition::Emitter emitter;
    collector().emit(emitter);
    Lines lines;
    std::istringstream text(emitter.text());
    for (std::string line; std::getline(text, line);)
      lines.push_back(line);
    return lines;
  }
  Lines samples(const std::string& start) {
    Lines lines = samples();
    std::erase_if(lines, [&](const std::string& line) { return !line.starts_with(start); });
    return lines;
  }

  cgroup::testing::FakeTree tree;
  NodeContext node;
  ComputeUnitsOptions options;
  std::unique_ptr<Collector> made;
};

inline std::string unit(const std::string& uuid, const std::string& manager = "batch") {
  return fmt::format(R"({{cgrouphostname="",hostname="node1",manager="{}",uuid="{}"}})", manager, uuid);
}

}  // namespace ceems::collector
