#include "report/field.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace ceems::report {

namespace {

using enum FieldKind;

constexpr std::array<Field, kTextFields + kMetricFields> kFields = {{
    {"jobID", "uuid", "Job ID", "Identifier of the unit in its resource manager", 3, 7, kText, 0, "", true},
    {"Name", "name", "Name", "Name that the user gave the unit", 5, 8, kText, 1, "", false},
    {"Account", "project", "Account", "Account, project or namespace that is charged", 5, 8, kText, 2, "",
     true},
    {"group", "groupname", "Group", "Group of the user", 5, 5, kText, 3, "", false},
    {"user", "username", "User", "User that owns the unit", 5, 5, kText, 4, "", false},
    {"createdAt", "created_at", "Created", "Time of submission or creation", 5, 8, kText, 5, "", false},
    {"startedAt", "started_at", "Started", "Time of the start", 5, 12, kText, 6, "", false},
    {"endedAt", "ended_at", "Ended", "Time of the end", 5, 12, kText, 7, "", false},
    {"elapsed", "elapsed", "Elapsed", "Time since the start, [days-]hours:minutes:seconds", 5, 12, kText, 8,
     "", true},
    {"state", "state", "State", "State in the resource manager's own words", 5, 5, kText, 9, "", false},
    {"cpuUsage", "avg_cpu_usage", "CPU Usage(%)", "Average use of the allocated CPUs", 5, 6, kUsage, 0,
     "alloc_cputime", true},
    {"cpuMemoryUsage", "avg_cpu_mem_usage", "CPU Mem. Usage(%)", "Average use of the allocated memory", 5, 6,
     kUsage, 1, "alloc_cpumemtime", true},
    {"hostEnergy", "total_cpu_energy_usage_kwh", "Host Energy(kWh)", "Energy of the hosts, without GPUs", 5,
     8, kTotal, 2, "", true},
    {"hostEmissions", "total_cpu_emissions_gms", "Host Emissions(gms)",
     "CO2 equivalent of the host energy, per emission factor", 5, 12, kTotal, 3, "", true},
    {"gpuUsage", "avg_gpu_usage", "GPU Usage(%)", "Average use of the allocated GPUs", 5, 6, kUsage, 4,
     "alloc_gputime", true},
    {"gpuMemoryUsage", "avg_gpu_mem_usage", "GPU Mem. Usage(%)", "Average use of the GPUs' memory", 5, 6,
     kUsage, 5, "alloc_gpumemtime", true},
    {"gpuEnergy", "total_gpu_energy_usage_kwh", "GPU Energy(kWh)", "Energy of the GPUs", 5, 8, kTotal, 6, "",
     true},
    {"gpuEmissions", "total_gpu_emissions_gms", "GPU Emissions(gms)",
     "CO2 equivalent of the GPU energy, per emission factor", 5, 12, kTotal, 7, "", true},
}};

const Field* find_field(std::string_view name) {
  const auto found = std::ranges::find_if(
      kFields, [&](const Field& field) { return base::equals_ignoring_case(field.name, name); });
  return found == kFields.end() ? nullptr : &*found;
}

}  // namespace

std::span<const Field> all_fields() {
  return kFields;
}

FieldList default_fields() {
  FieldList list;
  for (const Field& field : kFields) {
    if (field.in_default) list.push_back(&field);
  }
  return list;
}

FieldList every_field() {
  FieldList list;
  for (const Field& field : kFields)
    list.push_back(&field);
  return list;
}

base::Result<FieldList> parse_format(std::string_view text) {
  FieldList list;
  for (const std::string_view piece : base::split(text, ',')) {
    const std::string_view name = base::trim(piece);
    if (name.empty()) continue;
    const Field* field = find_field(name);
    if (field == nullptr)
      return base::fail(base::ErrorCode::kInvalid, "",
                        "unknown field '{}' in --format, see --helpformat for all fields", name);
    if (std::ranges::find(list, field) == list.end()) list.push_back(field);
  }
  if (list.empty()) return base::fail(base::ErrorCode::kInvalid, "", "--format names no field");
  return list;
}

std::string format_help() {
  FieldList sorted = every_field();
  std::ranges::sort(sorted, {}, [](const Field* field) { return base::to_lower(field->name); });
  std::size_t name_width = 0;
  std::size_t description_width = 0;
  for (const Field* field : sorted) {
    name_width = std::max(name_width, field->name.size());
    description_width = std::max(description_width, field->description.size());
  }
  const std::string rule =
      fmt::format("+{}+{}+\n", std::string(name_width + 2, '-'), std::string(description_width + 2, '-'));
  const auto row = [&](std::string_view name, std::string_view description) {
    return fmt::format("| {:<{}} | {:<{}} |\n", name, name_width, description, description_width);
  };
  std::string text = rule + row("FIELD", "DESCRIPTION") + rule;
  for (const Field* field : sorted)
    text += row(field->name, field->description);
  return text + rule;
}

}  // namespace ceems::report
