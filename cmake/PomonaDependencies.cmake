# SPDX-License-Identifier: Apache-2.0
# Third-party libraries. Arrow and OpenVINO (with its oneTBB) come from the Python wheels
# in .venv, so that the program and the Python module share one copy; the rest is Debian's.
if(SKBUILD AND Python_EXECUTABLE)
  set(default_python "${Python_EXECUTABLE}")
else()
  set(default_python "${CMAKE_SOURCE_DIR}/.venv/bin/python")
endif()
set(POMONA_PYTHON "${default_python}" CACHE FILEPATH
    "Python that finds the pyarrow and openvino wheels")
if(NOT EXISTS "${POMONA_PYTHON}")
  message(FATAL_ERROR "${POMONA_PYTHON} is missing: run scripts/setup.sh (or make run) first")
endif()
execute_process(
  COMMAND ${POMONA_PYTHON} -c "import importlib.util as u, pathlib as p; print(p.Path(u.find_spec('pyarrow').origin).parents[1])"
  OUTPUT_VARIABLE POMONA_SITE OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)

# --- Arrow and Parquet from the pyarrow wheel, which has no ArrowConfig.cmake.
function(pomona_import_arrow target stem)
  file(GLOB lib "${POMONA_SITE}/pyarrow/lib${stem}.so.*")
  list(LENGTH lib count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "expected one lib${stem}.so.* in ${POMONA_SITE}/pyarrow, found: '${lib}'")
  endif()
  add_library(${target} SHARED IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${lib}
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${POMONA_SITE}/pyarrow/include
    INTERFACE_INCLUDE_DIRECTORIES ${POMONA_SITE}/pyarrow/include)
endfunction()
pomona_import_arrow(Pomona::arrow arrow)
pomona_import_arrow(Pomona::parquet parquet)
target_link_libraries(Pomona::parquet INTERFACE Pomona::arrow)
pomona_import_arrow(Pomona::arrow_s3 arrow_s3)
target_link_libraries(Pomona::arrow_s3 INTERFACE Pomona::arrow)

# --- OpenVINO and the oneTBB that it brings: one TBB in the process, never two.
find_package(OpenVINO REQUIRED PATHS ${POMONA_SITE}/openvino/cmake NO_DEFAULT_PATH)
find_package(TBB REQUIRED PATHS ${POMONA_SITE}/openvino/cmake NO_DEFAULT_PATH)

find_package(JPEG REQUIRED)
find_package(PNG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp libwebpdemux)
find_package(HDF5 REQUIRED COMPONENTS C)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.85 REQUIRED)
find_package(pugixml REQUIRED)
find_library(POMONA_OPENBLAS openblas REQUIRED)
find_library(POMONA_LAPACKE lapacke REQUIRED)
find_library(POMONA_LBFGS lbfgs REQUIRED)
if(POMONA_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark QUIET)
endif()

# Third-party headers are SYSTEM: our warnings are for our code.
foreach(t openvino::runtime TBB::tbb PNG::PNG JPEG::JPEG Eigen3::Eigen)
  if(TARGET ${t})
    get_target_property(inc ${t} INTERFACE_INCLUDE_DIRECTORIES)
    if(inc)
      set_target_properties(${t} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${inc}")
    endif()
  endif()
endforeach()
