# Third-party libraries. The portable programs (exporter, cacct, ceems_tool) run on machines that we do not
# choose, so everything but libc is linked statically; docs/dependencies.md says why each library is here.
find_package(Threads REQUIRED)

function(ceems_static_library target)
  cmake_parse_arguments(arg "" "" "ARCHIVES;LIBS;DEFINITIONS" ${ARGN})
  add_library(${target} INTERFACE)
  foreach(archive IN LISTS arg_ARCHIVES)
    find_library(CEEMS_ARCHIVE_${archive} lib${archive}.a REQUIRED)
    target_link_libraries(${target} INTERFACE ${CEEMS_ARCHIVE_${archive}})
  endforeach()
  target_link_libraries(${target} INTERFACE ${arg_LIBS})
  target_compile_definitions(${target} INTERFACE ${arg_DEFINITIONS})
endfunction()

option(CEEMS_FMT_HEADER_ONLY "Compile fmt into every file instead of once: five times slower to build" OFF)
if(CEEMS_FMT_HEADER_ONLY)
  ceems_static_library(lib_fmt DEFINITIONS FMT_HEADER_ONLY=1)
else()
  add_library(ceems_fmt STATIC ${CMAKE_SOURCE_DIR}/cmake/fmt/library.cpp)
  # The sanitizers must be the same everywhere; the warnings are fmt's own affair.
  target_link_libraries(ceems_fmt PRIVATE ceems_options)
  target_compile_options(ceems_fmt PRIVATE -w)
  ceems_static_library(lib_fmt LIBS ceems_fmt)
endif()
ceems_static_library(lib_cap ARCHIVES cap)
ceems_static_library(lib_acl ARCHIVES acl)
ceems_static_library(lib_yaml ARCHIVES yaml-cpp)
ceems_static_library(lib_ssl ARCHIVES ssl crypto LIBS Threads::Threads dl)
ceems_static_library(lib_zlib ARCHIVES z)
ceems_static_library(lib_deflate ARCHIVES deflate)
ceems_static_library(lib_crypt ARCHIVES crypt)
ceems_static_library(lib_re2 ARCHIVES re2 LIBS Threads::Threads)
ceems_static_library(lib_json ARCHIVES boost_json)
ceems_static_library(lib_pugixml ARCHIVES pugixml)
ceems_static_library(lib_nghttp2 ARCHIVES nghttp2 DEFINITIONS NGHTTP2_STATICLIB=1)
# Its own memory for frames of coroutines holds two, of up to 1 KiB: malloc() is faster.
ceems_static_library(lib_asio LIBS Threads::Threads DEFINITIONS
  BOOST_ASIO_SEPARATE_COMPILATION=1 BOOST_ASIO_NO_DEPRECATED=1 BOOST_ASIO_HAS_CO_AWAIT=1
  BOOST_ASIO_HAS_STD_COROUTINE=1 BOOST_BEAST_SEPARATE_COMPILATION=1 BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING=1)
# Servers only: Debian has these as shared libraries.
ceems_static_library(lib_sqlite LIBS sqlite3)
ceems_static_library(lib_date LIBS date-tz)
