#include "manager/kubernetes_pods.h"

#include "base/text.h"
#include "json/read.h"
#include "manager/instant.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <tuple>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr double kMiB = 1048576;
constexpr double kLeastCpus = 0.001;
constexpr double kLeastMemory = 1;

std::map<std::string, std::string> texts_of(const json::value& value, std::string_view name) {
  std::map<std::string, std::string> texts;
  const json::object* object = json::object_member(value, name);
  if (object == nullptr) return texts;
  for (const auto& pair : *object)
    if (pair.value().is_string())
      texts.emplace(std::string(pair.key().data(), pair.key().size()), json::text_of(pair.value()));
  return texts;
}

double quantity_in(const json::value& value) {
  if (const auto number = json::loose_number(value)) return std::max(*number, 0.0);
  return parse_quantity(json::text_of(value)).value_or(0);
}

void add_limits(const json::value& holder, KubePod& pod, bool devices_only) {
  const json::value* resources = json::member(holder, "resources");
  const json::object* limits = resources == nullptr ? nullptr : json::object_member(*resources, "limits");
  if (limits == nullptr) return;
  for (const auto& pair : *limits) {
    const std::string name(pair.key().data(), pair.key().size());
    const double amount = quantity_in(pair.value());
    if (name == "cpu" || name == "memory") {
      if (!devices_only) (name == "cpu" ? pod.cpus : pod.memory_bytes) += amount;
    } else if (amount > 0) {
      pod.devices[name] += amount;
    }
  }
}

void read_limits(const json::value& spec, KubePod& pod) {
  const json::value* own = json::member(spec, "resources");
  const bool has_own = own != nullptr && json::object_member(*own, "limits") != nullptr;
  if (has_own) add_limits(spec, pod, false);
  if (const json::array* containers = json::array_member(spec, "containers"))
    for (const json::value& container : *containers)
      add_limits(container, pod, has_own);
}

void read_status(const json::value& status, KubePod& pod) {
  pod.phase = json::text_member(status, "phase");
  pod.qos = json::text_member(status, "qosClass");
  pod.started_ms = parse_instant(json::text_member(status, "startTime"));
  if (const json::array* conditions = json::array_member(status, "conditions"))
    for (const json::value& condition : *conditions)
      if (json::text_member(condition, "type") == "Ready")
        pod.ready = json::text_member(condition, "status") == "True" ? "Ready"
                                                                     : json::text_member(condition, "reason");
  const json::array* containers = json::array_member(status, "containerStatuses");
  if (containers == nullptr || containers->empty()) return;
  std::int64_t last_ms = 0;
  for (const json::value& container : *containers) {
    const json::value* state = json::member(container, "state");
    const json::value* terminated = state == nullptr ? nullptr : json::member(*state, "terminated");
    if (terminated == nullptr) return;
    last_ms = std::max(last_ms, parse_instant(json::text_member(*terminated, "finishedAt")));
  }
  pod.finished_ms = last_ms;
}

base::Result<KubePod> pod_of(const json::value& value) {
  KubePod pod;
  const json::value* metadata = json::member(value, "metadata");
  if (metadata != nullptr) {
    pod.uid = json::text_member(*metadata, "uid");
    pod.name = json::text_member(*metadata, "name");
    pod.name_space = json::text_member(*metadata, "namespace");
    pod.annotations = texts_of(*metadata, "annotations");
    pod.labels = texts_of(*metadata, "labels");
    pod.created_ms = parse_instant(json::text_member(*metadata, "creationTimestamp"));
    pod.deleted_ms = parse_instant(json::text_member(*metadata, "deletionTimestamp"));
  }
  if (pod.uid.empty() || pod.name_space.empty())
    return base::fail(base::ErrorCode::kInvalid, "", "a pod of the answer has no uid or no namespace");
  if (const json::value* spec = json::member(value, "spec")) read_limits(*spec, pod);
  if (const json::value* status = json::member(value, "status")) read_status(*status, pod);
  return pod;
}

std::string version_of(const json::value& value) {
  const json::value* metadata = json::member(value, "metadata");
  return metadata == nullptr ? std::string() : json::text_member(*metadata, "resourceVersion");
}

// The items of a list; how to go on is put into `page`.
template <class T>
base::Result<const json::array*> items_of(const json::value& answer, KubePage<T>& page) {
  const json::array* items = json::array_member(answer, "items");
  page.resource_version = version_of(answer);
  if (items == nullptr || page.resource_version.empty())
    return base::fail(base::ErrorCode::kInvalid, "", "the answer is no list");
  page.next = json::text_member(*json::member(answer, "metadata"), "continue");
  return items;
}

base::Result<PodEvent> event_of(std::string_view line) {
  CEEMS_TRY(const json::value value, json::parse(line));
  const std::string type = json::text_member(value, "type");
  const json::value* object = json::member(value, "object");
  if (object == nullptr) return base::fail(base::ErrorCode::kInvalid, "", "an event has no object");
  if (type == "ERROR") {
    constexpr std::int64_t kGoneStatus = 410;
    const bool gone = json::loose_integer_member(*object, "code") == kGoneStatus;
    return base::fail(gone ? base::ErrorCode::kGone : base::ErrorCode::kUnavailable, "",
                      "the watch ended: {}", json::text_member(*object, "message").substr(0, 200));
  }
  PodEvent event;
  event.resource_version = version_of(*object);
  if (event.resource_version.empty())
    return base::fail(base::ErrorCode::kInvalid, "", "an event has no resourceVersion");
  if (type == "BOOKMARK") return event;
  if (type != "ADDED" && type != "MODIFIED" && type != "DELETED")
    return base::fail(base::ErrorCode::kInvalid, "", "an event is of an unknown type");
  event.kind = type == "DELETED" ? PodEvent::Kind::kDeleted : PodEvent::Kind::kThere;
  CEEMS_TRY(event.pod, pod_of(*object));
  return event;
}

std::string number_text(double value) {
  constexpr double kMaxExact = 1e15;
  return value == std::trunc(value) && value < kMaxExact ? fmt::format("{:.0f}", value)
                                                         : fmt::format("{}", value);
}

std::string texts_text(const std::map<std::string, std::string>& texts) {
  std::string text;
  for (const auto& [key, value] : texts)
    text += (text.empty() ? "" : ",") + base::json_quote(key) + ":" + base::json_quote(value);
  constexpr std::size_t kMaxKept = std::size_t{64} << 10;
  return text.size() > kMaxKept ? "{}" : "{" + text + "}";
}

std::string tags_text(const KubePod& pod) {
  std::string text;
  if (!pod.annotations.empty()) text += R"("annotations":)" + texts_text(pod.annotations) + ",";
  if (!pod.labels.empty()) text += R"("labels":)" + texts_text(pod.labels) + ",";
  return "{" + text + R"("qos":)" + base::json_quote(pod.qos) + "}";
}

std::string state_of(const KubePod& pod) {
  if (pod.phase == "Running") return pod.ready.empty() ? "" : "Running/" + pod.ready;
  return pod.is_over() || pod.phase == "Pending" ? pod.phase : "Unknown";
}

const std::string* find_annotation(const KubePod& pod, const std::vector<std::string>& names,
                                   bool of_people) {
  for (const std::string& name : names) {
    const auto found = pod.annotations.find(name);
    if (found == pod.annotations.end() || found->second.empty()) continue;
    if (of_people && found->second.find("serviceaccount") != std::string::npos) continue;
    return &found->second;
  }
  return nullptr;
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text) {
  struct Suffix {
    std::string_view text;
    double factor;
  };
  static constexpr std::array<Suffix, 15> kSuffixes{{{"Ki", 1024.0},
                                                     {"Mi", 1048576.0},
                                                     {"Gi", 1073741824.0},
                                                     {"Ti", 1099511627776.0},
                                                     {"Pi", 1125899906842624.0},
                                                     {"Ei", 1152921504606846976.0},
                                                     {"n", 1e-9},
                                                     {"u", 1e-6},
                                                     {"m", 1e-3},
                                                     {"k", 1e3},
                                                     {"M", 1e6},
                                                     {"G", 1e9},
                                                     {"T", 1e12},
                                                     {"P", 1e15},
                                                     {"E", 1e18}}};
  double factor = 1;
  for (const Suffix& suffix : kSuffixes) {
    if (!text.ends_with(suffix.text)) continue;
    factor = suffix.factor;
    text.remove_suffix(suffix.text.size());
    break;
  }
  const auto number = base::parse_double(text);
  if (!number || !(*number >= 0) || !std::isfinite(*number * factor)) return std::nullopt;
  return *number * factor;
}

base::Result<KubePage<KubePod>> parse_pods(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  KubePage<KubePod> page;
  CEEMS_TRY(const json::array* items, items_of(answer, page));
  page.items.reserve(items->size());
  for (const json::value& item : *items) {
    CEEMS_TRY(KubePod pod, pod_of(item));
    page.items.push_back(std::move(pod));
  }
  return page;
}

base::Result<std::vector<PodEvent>> parse_pod_events(std::string_view body) {
  std::vector<PodEvent> events;
  std::string_view line;
  while (base::next_line(body, line)) {
    if (base::trim(line).empty()) continue;
    CEEMS_TRY(PodEvent event, event_of(line));
    events.push_back(std::move(event));
  }
  return events;
}

base::Result<KubePage<NamespaceUser>> parse_role_bindings(std::string_view body) {
  CEEMS_TRY(const json::value answer, json::parse(body));
  KubePage<NamespaceUser> page;
  CEEMS_TRY(const json::array* items, items_of(answer, page));
  for (const json::value& item : *items) {
    const json::value* metadata = json::member(item, "metadata");
    const std::string name_space =
        metadata == nullptr ? std::string() : json::text_member(*metadata, "namespace");
    const json::array* subjects = json::array_member(item, "subjects");
    if (name_space.empty() || subjects == nullptr) continue;
    for (const json::value& subject : *subjects)
      if (json::text_member(subject, "kind") == "User" && !json::text_member(subject, "name").empty())
        page.items.emplace_back(name_space, json::text_member(subject, "name"));
  }
  return page;
}

NamespaceUser owner_of(const KubePod& pod, const KubernetesSettings& settings) {
  const std::string* project = find_annotation(pod, settings.project_annotations, false);
  const std::string* user = find_annotation(pod, settings.username_annotations, true);
  NamespaceUser owner;
  owner.first = project != nullptr ? *project : pod.name_space;
  owner.second = user != nullptr ? *user : owner.first + ":svc";
  return owner;
}

Run run_of(const KubePod& pod, std::int64_t ended_ms, const KubernetesSettings& settings) {
  Run run;
  run.id = pod.uid;
  run.name = pod.name;
  std::tie(run.project, run.user) = owner_of(pod, settings);
  run.created_ms = pod.created_ms;
  run.start_ms = pod.started_ms;
  run.end_ms = ended_ms > 0 ? std::max(ended_ms, pod.started_ms) : 0;
  run.state = state_of(pod);
  if (pod.is_over()) run.running_state = "Running/Ready";
  run.cpus = std::max(pod.cpus, kLeastCpus);
  const double memory_bytes = std::max(pod.memory_bytes, kLeastMemory);
  run.memory = settings.memory_time_in_mib ? memory_bytes / kMiB : memory_bytes;
  run.gpu_memory_by_gpus = true;
  std::string devices;
  for (const std::string& name : settings.gpu_resource_names) {
    const auto found = pod.devices.find(name);
    if (found == pod.devices.end()) continue;
    run.gpus += found->second;
    devices += fmt::format("{}:{},", base::json_quote(name), number_text(found->second));
  }
  run.allocation =
      fmt::format(R"({{{}"mem":{},"vcpus":{}}})", devices, number_text(memory_bytes), number_text(run.cpus));
  run.tags = tags_text(pod);
  return run;
}

}  // namespace ceems::manager
