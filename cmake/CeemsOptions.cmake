# Compiler and linker options of every target: C++23, warnings as errors, hardening, sanitizers.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

find_program(CEEMS_CCACHE ccache)
if(CEEMS_CCACHE)
  # Build directories differ only in their flags: let them share what is compiled the same way.
  # Precompiled headers are compared by their content.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CEEMS_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

add_library(ceems_options INTERFACE)
target_compile_options(ceems_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wimplicit-fallthrough -Werror
  -fstack-protector-strong -fno-strict-aliasing
  $<$<CXX_COMPILER_ID:Clang>:-Wextra-semi -Wthread-safety>
  # GCC 12 reports uninitialised and dangling values inside its own standard library, and the frames of Asio's
  # coroutines as freed by another function than the one that made them.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-dangling-pointer -Wno-restrict -Wno-stringop-overflow
    -Wno-array-bounds -Wno-missing-field-initializers -Wno-mismatched-new-delete>)
target_compile_definitions(ceems_options INTERFACE
  _GNU_SOURCE
  $<$<CONFIG:RelWithDebInfo>:_FORTIFY_SOURCE=2>
  $<$<NOT:$<CONFIG:RelWithDebInfo>>:_GLIBCXX_ASSERTIONS>)
target_link_options(ceems_options INTERFACE -Wl,-z,relro,-z,now -Wl,-z,noexecstack)
if(CEEMS_LINKER)
  target_link_options(ceems_options INTERFACE -fuse-ld=${CEEMS_LINKER})
endif()

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
if(CEEMS_LIGHT_DEBUG)
  # Optimising instrumented code takes longer than the tests save.
  set(level -O1)
  if(CEEMS_SANITIZE)
    set(level -O0)
  endif()
  set(CMAKE_CXX_FLAGS_DEBUG "${level} -g1")
  set(CMAKE_C_FLAGS_DEBUG "${level} -g1")
endif()

if(CEEMS_SANITIZE)
  target_compile_options(ceems_options INTERFACE -fsanitize=${CEEMS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(ceems_options INTERFACE -fsanitize=${CEEMS_SANITIZE})
endif()

# What `--version` and build_info say. SOURCE_DATE_EPOCH makes builds reproducible.
find_package(Git QUIET)
set(CEEMS_REVISION unknown)
set(CEEMS_BRANCH unknown)
if(GIT_FOUND)
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE revision OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE git_failed)
  if(NOT git_failed)
    set(CEEMS_REVISION ${revision})
  endif()
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --abbrev-ref HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE branch OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE git_failed)
  if(NOT git_failed)
    set(CEEMS_BRANCH ${branch})
  endif()
endif()
string(TIMESTAMP CEEMS_BUILD_DATE "%Y%m%d-%H:%M:%S" UTC)
cmake_host_system_information(RESULT CEEMS_BUILD_HOST QUERY HOSTNAME)
