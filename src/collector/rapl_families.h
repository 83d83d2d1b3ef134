// The metrics of RAPL zones. The zone is part of the metric's name (ceems_rapl_package_joules_total), or, if
// asked for, a label (ceems_rapl_joules_total{rapl_zone="package"}).
#pragma once

#include "exposition/emitter.h"
#include "power/rapl.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ceems::collector {

// Names and labels are made when the zones change; not thread-safe.
class RaplTable {
 public:
  RaplTable(std::string hostname, bool zone_label);

  void set_zones(std::span<const power::RaplZoneId> zones);
  void set_readings(std::span<const power::RaplReading> readings);  // one for each zone, in their order
  void clear();                                                     // nothing to emit
  void emit(exposition::Emitter& emitter) const;

  // With the zones that are known to exist on some machine.
  static std::span<const exposition::Family> families();

 private:
  struct Row {
    std::string labels;
    std::size_t zone = 0;  // position in the readings
    std::optional<std::uint64_t> energy_microjoules;
    std::optional<std::uint64_t> limit_microwatts;
  };
  struct Group {  // the rows of one family, sorted by their labels
    std::string joules_total;
    std::string limit_watts_total;
    std::string limit_watts;
    std::vector<Row> rows;
  };

  std::string hostname_;
  bool zone_label_;
  std::vector<Group> groups_;
};

}  // namespace ceems::collector
