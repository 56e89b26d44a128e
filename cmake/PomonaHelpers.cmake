# SPDX-License-Identifier: Apache-2.0
# pomona_layer(NAME [DEPS lib...]): one library from every .cc of the current folder (and of
# its SUBDIRS), one test program from every *_test.cc. Globbed, so no test can be left out. From every
# *_benchmark.cc pomona_NAME_benchmark (Google Benchmark), built only when asked for.
function(pomona_layer name)
  cmake_parse_arguments(arg "" "" "DEPS;SUBDIRS;TEST_DEPS" ${ARGN})
  set(globs *.cc)
  foreach(dir ${arg_SUBDIRS})
    list(APPEND globs ${dir}/*.cc)
  endforeach()
  file(GLOB sources CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR} ${globs})
  set(tests ${sources})
  set(benchmarks ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|benchmark)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benchmarks INCLUDE REGEX "_benchmark\\.cc$")
  if(NOT sources)
    add_library(pomona_${name} INTERFACE)
    return()
  endif()
  add_library(pomona_${name} STATIC ${sources})
  target_link_libraries(pomona_${name} PUBLIC pomona_flags ${arg_DEPS})
  if(POMONA_BUILD_TESTS AND tests)
    pomona_test(pomona_${name}_test SOURCES ${tests} DEPS pomona_${name} ${arg_TEST_DEPS})
  endif()
  if(POMONA_BUILD_TESTS AND benchmarks AND benchmark_FOUND)
    add_executable(pomona_${name}_benchmark EXCLUDE_FROM_ALL ${benchmarks})
    target_link_libraries(pomona_${name}_benchmark PRIVATE pomona_${name} benchmark::benchmark_main)
  endif()
endfunction()

# The test programs and what they need; neither the command line nor examples.
add_custom_target(tests)

# pomona_test(NAME SOURCES ... DEPS ...): a GoogleTest program, run by ctest as one test.
# POMONA_SOURCE_DIR tells it where golden files are; "tests/contract/..." is included from
# the root.
function(pomona_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE POMONA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_dependencies(tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
