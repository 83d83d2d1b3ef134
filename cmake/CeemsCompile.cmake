# The headers that nearly every file reads, compiled once for all rooms and programs and once for all tests: reading them
# is most of what compiling a file costs. GCC goes without, so that each file names what it needs.
set(CEEMS_COMMON_HEADERS
  <algorithm> <array> <atomic> <charconv> <chrono> <cmath> <condition_variable> <cstddef> <cstdint> <cstdlib> <cstring>
  <expected> <filesystem> <functional> <limits> <map> <memory> <mutex> <optional> <set> <span> <string> <string_view>
  <system_error> <thread> <tuple> <unordered_map> <utility> <variant> <vector> <fmt/format.h>)

# Tests compile in half the time without optimisation; what they test is optimised as the build says.
set(CEEMS_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)

function(ceems_precompiled_headers target)
  cmake_parse_arguments(arg "" "" "HEADERS;OPTIONS" ${ARGN})
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp CONTENT "")
  add_library(${target} OBJECT ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  target_link_libraries(${target} PRIVATE ceems_options lib_fmt)
  target_compile_options(${target} PRIVATE -fPIE "SHELL:-Xclang -fno-pch-timestamp" ${arg_OPTIONS})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_precompile_headers(${target} PRIVATE ${arg_HEADERS})
endfunction()

# What a fuzzer steers by; tests need none of it.
set(CEEMS_CODE_OPTIONS)
if(CEEMS_FUZZ)
  list(APPEND CEEMS_CODE_OPTIONS -fsanitize=fuzzer-no-link)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  ceems_precompiled_headers(precompiled_common HEADERS ${CEEMS_COMMON_HEADERS} OPTIONS ${CEEMS_CODE_OPTIONS})
  ceems_precompiled_headers(precompiled_tests HEADERS ${CEEMS_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>
    OPTIONS ${CEEMS_TEST_OPTIONS})
  set_target_properties(precompiled_tests PROPERTIES EXCLUDE_FROM_ALL ON)
endif()

# ceems_compile_as(TARGET common|tests): the options of a room or program, or of a test, and its precompiled headers, which
# must have been compiled with the same ones. Everything goes into programs alone, so rooms are compiled as those are.
function(ceems_compile_as target kind)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  if(kind STREQUAL "tests")
    target_compile_options(${target} PRIVATE -fPIE ${CEEMS_TEST_OPTIONS})
  else()
    target_compile_options(${target} PRIVATE -fPIE ${CEEMS_CODE_OPTIONS})
  endif()
  if(TARGET precompiled_${kind})
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")
    target_precompile_headers(${target} REUSE_FROM precompiled_${kind})
  endif()
endfunction()
