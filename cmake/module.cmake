# gyre_module(NAME PATH [USES module...] [LIBS target...])
#
# One folder under src/ is one static library with an include root of its own: build/inc/NAME/PATH links to
# src/PATH, so that `#include "PATH/x.h"` is "no such file" in every module that does not list NAME in USES.
# Sources are every *.cc of the folder but *_test.cc, which make the module's test program.
function(gyre_module NAME PATH)
  cmake_parse_arguments(ARG "" "" "USES;LIBS" ${ARGN})
  set(dir ${CMAKE_SOURCE_DIR}/src/${PATH})
  if(NOT IS_DIRECTORY ${dir})
    return()
  endif()
  set(root ${CMAKE_BINARY_DIR}/inc/${NAME})
  cmake_path(GET PATH PARENT_PATH parent)
  file(MAKE_DIRECTORY ${root}/${parent})
  file(CREATE_LINK ${dir} ${root}/${PATH} SYMBOLIC)

  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cc ${dir}/internal/*.cc)
  file(GLOB tests CONFIGURE_DEPENDS ${dir}/*_test.cc ${dir}/internal/*_test.cc)
  file(GLOB fakes CONFIGURE_DEPENDS ${dir}/testing/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")

  list(TRANSFORM ARG_USES PREPEND gyre_ OUTPUT_VARIABLE uses)
  list(FILTER uses INCLUDE REGEX .)
  if(sources)
    add_library(gyre_${NAME} STATIC ${sources})
    set(scope PUBLIC)
    target_link_libraries(gyre_${NAME} PRIVATE ${ARG_LIBS})
    gyre_precompile(gyre_${NAME})
  else()
    add_library(gyre_${NAME} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(gyre_${NAME} ${scope} ${root})
  set_target_properties(gyre_${NAME} PROPERTIES GYRE_LIBS "${ARG_LIBS}")
  target_link_libraries(gyre_${NAME} ${scope} gyre_flags ${uses})

  if(GYRE_TESTS AND tests)
    add_executable(${NAME}_test ${tests} ${fakes})
    target_link_libraries(${NAME}_test PRIVATE gyre_${NAME} ${ARG_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
    target_compile_definitions(${NAME}_test PRIVATE
      GYRE_TEST_DATA="${dir}/testdata" GYRE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" GYRE_BINARY="${CMAKE_BINARY_DIR}/gyre")
    target_compile_options(${NAME}_test PRIVATE -O1)
    target_precompile_headers(${NAME}_test REUSE_FROM gyre_pch_tests)
    set_target_properties(${NAME}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    set(seconds 120)
    if(GYRE_SANITIZE)
      set(seconds 1200) # a tenth of the speed
    endif()
    gtest_discover_tests(${NAME}_test TEST_PREFIX "${NAME}/" DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${seconds})
    set_property(GLOBAL APPEND PROPERTY GYRE_TEST_TARGETS ${NAME}_test)
  endif()
  set_property(GLOBAL APPEND PROPERTY GYRE_MODULES ${NAME})
endfunction()

# The standard headers and the JSON library are most of what a small file costs to compile, so they are compiled once.
# Headers must not lean on it: the structure test compiles each of them without.
add_library(gyre_pch OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
target_link_libraries(gyre_pch PRIVATE gyre_flags)
target_precompile_headers(gyre_pch PRIVATE ${CMAKE_SOURCE_DIR}/cmake/pch.h)
# Tests are compiled with less optimization, and with their own library in the header: that is a third of their time.
if(GYRE_TESTS)
  add_library(gyre_pch_tests OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
  target_link_libraries(gyre_pch_tests PRIVATE gyre_flags GTest::gtest GTest::gmock)
  target_compile_options(gyre_pch_tests PRIVATE -O1)
  target_precompile_headers(gyre_pch_tests PRIVATE
    ${CMAKE_SOURCE_DIR}/cmake/pch.h <gtest/gtest.h> <gmock/gmock.h>)
endif()
function(gyre_precompile TARGET)
  target_precompile_headers(${TARGET} REUSE_FROM gyre_pch)
endfunction()
include(GoogleTest)
