# SPDX-License-Identifier: Apache-2.0
# POMONA_UNITY compiles the files of a target in batches: in a third of the time, which is what
# builds for one run of the tests want. Files of a batch share their unnamed namespaces; where two
# use a name differently, one stands here and is compiled by itself.
set(POMONA_BY_ITSELF
  client_test.cc codec_png.cc eigen_low_rank.cc lda_test.cc list_file.cc
  local_run_foresee.cc npz.cc onnx_network.cc onnx_test.cc plan.cc recorder.cc reduced.cc
  reducer_file.cc reducer_test.cc rejects.cc softmax_test.cc sources.cc
  tables_test.cc weights_test.cc)
function(pomona_unity target)
  if(NOT POMONA_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # A batch is no header, though it includes what has classes over unnamed types.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME)
    if(name IN_LIST POMONA_BY_ITSELF)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

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
  pomona_unity(pomona_${name})
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
  pomona_unity(${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE POMONA_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_dependencies(tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
