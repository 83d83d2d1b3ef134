#include "base/text.h"
#include "report/styles.h"

#include <cmath>

namespace ceems::report {

namespace {

class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  std::string& member(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += base::json_quote(name);
    out_ += ':';
    return out_;
  }

  void metrics(std::string_view name, const Metrics& metrics) {
    if (metrics.empty()) return;
    ObjectWriter object(member(name));
    for (const auto& [key, value] : metrics)
      object.member(key) += fmt::format("{}", std::isfinite(value) ? value : 0.0);
    object.close();
  }

  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_unit(std::string& out, const FieldList& fields, const Unit& unit) {
  ObjectWriter object(out);
  for (const Field* field : fields) {
    if (field->kind != FieldKind::kText) {
      object.metrics(field->api, unit.metrics[field->slot]);
    } else if (const std::string& text = unit.texts[field->slot]; !text.empty()) {
      object.member(field->api) += base::json_quote(text);
    }
  }
  object.close();
}

void append_summary(std::string& out, const FieldList& fields, const SummaryRow& row) {
  ObjectWriter object(out);
  object.member("num_units") += fmt::format("{}", row.units);
  object.member("project") += base::json_quote(row.project);
  object.member("username") += base::json_quote(row.user);
  object.member("walltime_seconds") += fmt::format("{}", row.walltime_seconds);
  for (const Field* field : fields) {
    if (field->kind != FieldKind::kText) object.metrics(field->api, row.metrics[field->slot]);
  }
  object.close();
}

}  // namespace

std::string render_json(const FieldList& fields, const std::vector<Unit>& units, bool summary) {
  std::string out = "{\"units\":[";
  for (const Unit& unit : units) {
    if (out.back() == '}') out += ',';
    append_unit(out, fields, unit);
  }
  out += ']';
  if (summary) {
    out += ",\"summary\":[";
    for (const SummaryRow& row : summarise(units)) {
      if (out.back() == '}') out += ',';
      append_summary(out, fields, row);
    }
    out += ']';
  }
  return out + "}\n";
}

}  // namespace ceems::report
