# The script of ceems_embed(): writes OUTPUT, a C++ source that holds the bytes of INPUT.
file(READ ${INPUT} bytes HEX)
string(LENGTH "${bytes}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${OUTPUT}
"#include <string_view>

namespace ceems::embedded {
namespace {
constexpr unsigned char kBytes[] = {
${bytes}
0};
}  // namespace

std::string_view ${SYMBOL}();
std::string_view ${SYMBOL}() {
  return {reinterpret_cast<const char*>(kBytes), ${size}};
}
}  // namespace ceems::embedded
")
