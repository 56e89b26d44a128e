# SPDX-License-Identifier: Apache-2.0
# Compiler flags that every target of ours gets, through pomona_flags.
add_library(pomona_flags INTERFACE)
# A source package (it alone has PKG-INFO) is built by compilers that we have not seen: what
# they newly warn of is no reason not to build.
if(NOT EXISTS ${CMAKE_SOURCE_DIR}/PKG-INFO)
  set(werror -Werror)
endif()
target_compile_options(pomona_flags INTERFACE -Wall -Wextra ${werror} -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # A false alarm of g++ 12 about string concatenation at -O3 (PR105651).
  target_compile_options(pomona_flags INTERFACE $<$<CONFIG:Release>:-Wno-restrict>)
endif()
# One rounding for each written operation: contraction would let the bits depend on the
# compiler's choice of fused multiply-adds (promise 2: same plan, same bytes).
target_compile_options(pomona_flags INTERFACE -ffp-contract=off)
target_include_directories(pomona_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(pomona_flags INTERFACE POMONA_VERSION="${PROJECT_VERSION}")

if(POMONA_SANITIZE)
  set(sanitize -fsanitize=${POMONA_SANITIZE} -fno-omit-frame-pointer -O1 -g1)
  target_compile_options(pomona_flags INTERFACE ${sanitize} -fno-sanitize-recover=all)
  # gcc's sanitizers make its own flow warnings guess wrong (PR105562 and kin).
  target_compile_options(pomona_flags INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  target_link_options(pomona_flags INTERFACE -fsanitize=${POMONA_SANITIZE})
  target_compile_definitions(pomona_flags INTERFACE POMONA_SANITIZED=1)
endif()
if(POMONA_FUZZ)
  target_compile_options(pomona_flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -O1 -g1)
  target_link_options(pomona_flags INTERFACE -fsanitize=address,undefined)
endif()
if(POMONA_COVERAGE)
  target_compile_options(pomona_flags INTERFACE --coverage -O0)
  target_link_options(pomona_flags INTERFACE --coverage)
endif()
