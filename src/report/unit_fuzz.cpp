// The API server's answer, and every way to print it.
#include "report/styles.h"
#include "report/text_table.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ceems::report;
  const auto answer = parse_units({reinterpret_cast<const char*>(data), size});
  if (!answer) return 0;
  const FieldList fields = every_field();
  const Table table = make_table(fields, answer->units, true);
  render_text(table, true);
  render_csv(table, true);
  render_markdown(table, true);
  render_html(table, true);
  render_json(fields, answer->units, true);
  return 0;
}
