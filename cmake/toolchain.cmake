# Compiler settings every target shares. Nothing here may depend on the machine that builds:
# the program runs on any x86-64-v2 (or arm64) and picks faster kernels at run time.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)

add_library(gyre_flags INTERFACE)
target_compile_options(gyre_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
  -Wimplicit-fallthrough -Wunused-result -Wno-missing-field-initializers -fno-math-errno -ffunction-sections -fdata-sections)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  target_compile_options(gyre_flags INTERFACE -march=x86-64-v2 -mtune=generic)
endif()
# One rounding per operation: a fused multiply-add would make the same seed give other bits on another machine.
target_compile_options(gyre_flags INTERFACE -ffp-contract=off)
target_link_options(gyre_flags INTERFACE -Wl,--gc-sections)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these on correct std::string and std::variant code once it inlines (GCC bugs 105329, 105562, 107852);
  # what they are meant to find, the sanitizer builds find.
  target_compile_options(gyre_flags INTERFACE
    -Wno-restrict -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
  # Lets ccache look through the precompiled header.
  target_compile_options(gyre_flags INTERFACE -fpch-preprocess)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own stable_sort uses what it has deprecated, and Clang reports it where we call it.
  target_compile_options(gyre_flags INTERFACE -Wno-deprecated-declarations)
endif()

find_program(MOLD mold)
if(MOLD)
  target_link_options(gyre_flags INTERFACE -fuse-ld=mold)
endif()
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

if(GYRE_SANITIZE STREQUAL "address")
  target_compile_options(gyre_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gyre_flags INTERFACE -fsanitize=address,undefined)
elseif(GYRE_SANITIZE STREQUAL "thread")
  target_compile_options(gyre_flags INTERFACE -fsanitize=thread -fno-omit-frame-pointer)
  target_link_options(gyre_flags INTERFACE -fsanitize=thread)
elseif(NOT GYRE_SANITIZE STREQUAL "")
  message(FATAL_ERROR "GYRE_SANITIZE must be empty, address or thread, not '${GYRE_SANITIZE}'")
endif()
if(NOT GYRE_SANITIZE STREQUAL "")
  # The sanitizers call dlopen in the program's stead; only the old kind of run path holds for a library's calls too.
  target_link_options(gyre_flags INTERFACE -Wl,--disable-new-dtags)
endif()
if(GYRE_FUZZ)
  # Coverage that leads the fuzzer; the programs in fuzz/ link its main function.
  target_compile_options(gyre_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
