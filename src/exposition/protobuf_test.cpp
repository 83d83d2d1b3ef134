#include "exposition/protobuf.h"

#include <bit>
#include <cstdint>

#include <gtest/gtest.h>

namespace ceems::exposition {
namespace {

// A reader of the wire format, enough to print a message as `1:"text"`, `3:0`, `1:=2.5` and nested `{…}`.
class Printer {
 public:
  static std::string families(std::string_view bytes) {
    Printer printer(bytes);
    std::string out;
    while (!printer.rest_.empty()) {
      const std::uint64_t size = printer.varint();
      out += printer.message(printer.take(size), 0) + "\n";
    }
    return out;
  }

 private:
  explicit Printer(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  // Depth 0: family (4 = metric is a message); 1: metric (all fields are); 2: label or value.
  static std::string message(std::string_view bytes, int depth) {
    Printer inner(bytes);
    std::string out;
    while (!inner.rest_.empty()) {
      const std::uint64_t key = inner.varint();
      out += (out.empty() ? "" : " ") + std::to_string(key >> 3) + ":";
      if ((key & 7) == 0) {
        out += std::to_string(inner.varint());
      } else if ((key & 7) == 1) {
        std::uint64_t bits = 0;
        const std::string_view raw = inner.take(8);
        for (std::size_t i = raw.size(); i-- > 0;)
          bits = bits << 8 | static_cast<unsigned char>(raw[i]);
        out += "=" + std::to_string(std::bit_cast<double>(bits));
      } else {
        const std::string_view value = inner.take(inner.varint());
        const bool nested = depth == 1 || (depth == 0 && key >> 3 == 4);
        out += nested ? "{" + message(value, depth + 1) + "}" : "\"" + std::string(value) + "\"";
      }
    }
    return out;
  }

  std::string_view rest_;
};

TEST(ProtobufTest, EncodesFamiliesWithTheirTypesLabelsAndValues) {
  const std::string page =
      "# HELP a_total Help \\\\ text.\n# TYPE a_total counter\n"
      "a_total{x=\"one two\",y=\"q\\\"\\n\"} 1.5\na_total{x=\"z\",y=\"\"} 2e+09\n"
      "# HELP b The gauge.\n# TYPE b gauge\nb -4\n"
      "# HELP c Untyped.\n# TYPE c untyped\nc 0\n";
  EXPECT_EQ(Printer::families(encode_protobuf(page)),
            "1:\"a_total\" 2:\"Help \\ text.\" 3:0 "
            "4:{1:{1:\"x\" 2:\"one two\"} 1:{1:\"y\" 2:\"q\"\n\"} 3:{1:=1.500000}} "
            "4:{1:{1:\"x\" 2:\"z\"} 1:{1:\"y\" 2:\"\"} 3:{1:=2000000000.000000}}\n"
            "1:\"b\" 2:\"The gauge.\" 3:1 4:{2:{1:=-4.000000}}\n"
            "1:\"c\" 2:\"Untyped.\" 3:3 4:{5:{1:=0.000000}}\n");
}

TEST(ProtobufTest, EncodesAnEmptyPageAsNothing) {
  EXPECT_EQ(encode_protobuf(""), "");
}

TEST(ProtobufTest, LeavesOutLinesOfAnotherShape) {
  EXPECT_EQ(encode_protobuf("orphan 1\n\n{\nnoise\n"), "");
  EXPECT_EQ(Printer::families(encode_protobuf("# HELP b B.\n# TYPE b gauge\nb\nb{\nb{x=\nb 5\n")),
            "1:\"b\" 2:\"B.\" 3:1 4:{2:{1:=5.000000}}\n");
}

}  // namespace
}  // namespace ceems::exposition
