# Third-party libraries. Debian's come from the packages in deps/debian.txt; the prebuilt ones from deps/lock.txt, put
# under GYRE_DEPS by tools/setup. Small libraries are linked statically and large ones loaded on first use
# (base/shared_library.h), because every `gyre step` pays for what is linked dynamically.
set(GYRE_DEPS ${CMAKE_SOURCE_DIR}/.cache/deps CACHE PATH "Where tools/setup put the prebuilt libraries")
if(NOT EXISTS ${GYRE_DEPS}/.complete)
  message(FATAL_ERROR "The prebuilt libraries are missing. Run `tools/setup build` first (make build does).")
endif()

function(gyre_static NAME)
  add_library(gyre_lib_${NAME} INTERFACE)
  add_library(gyre::${NAME} ALIAS gyre_lib_${NAME})
  foreach(library ${ARGN})
    if(library MATCHES "^-" OR library MATCHES "^lib:")
      string(REPLACE "lib:" "" plain ${library})
      target_link_libraries(gyre_lib_${NAME} INTERFACE ${plain})
    else()
      find_library(GYRE_${library}_A lib${library}.a REQUIRED)
      target_link_libraries(gyre_lib_${NAME} INTERFACE ${GYRE_${library}_A})
    endif()
  endforeach()
endfunction()

# The body of nlohmann's literal `"..."_json` has every file that includes the header compile the whole parser once more:
# half a second each, with or without a precompiled header. Nothing here uses it, so that it is only declared.
find_path(GYRE_JSON_DIR nlohmann/json.hpp REQUIRED)
file(READ ${GYRE_JSON_DIR}/nlohmann/json.hpp header)
string(REPLACE "inline nlohmann::json operator \"\" _json(const char* s, std::size_t n)\n{\n    return nlohmann::json::parse(s, s + n);\n}"
  "nlohmann::json operator \"\" _json(const char* s, std::size_t n);" header "${header}")
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/json/nlohmann/json.hpp CONTENT "${header}" @ONLY)
target_include_directories(gyre_flags SYSTEM BEFORE INTERFACE ${CMAKE_BINARY_DIR}/json)

find_package(Threads REQUIRED)
gyre_static(crypto crypto -ldl lib:Threads::Threads)
gyre_static(yaml yaml-cpp)
gyre_static(sqlite sqlite3 -lm -ldl lib:Threads::Threads)
gyre_static(protobuf protobuf lib:Threads::Threads)
gyre_static(svm svm)
gyre_static(log -lspdlog -lfmt)
gyre_static(simdjson -lsimdjson)
gyre_static(zlib z)
target_compile_definitions(gyre_lib_log INTERFACE SPDLOG_SHARED_LIB SPDLOG_COMPILED_LIB SPDLOG_FMT_EXTERNAL)
target_link_libraries(gyre_flags INTERFACE -lfmt)

add_library(gyre_lib_duckdb INTERFACE)
add_library(gyre::duckdb ALIAS gyre_lib_duckdb)
target_include_directories(gyre_lib_duckdb SYSTEM INTERFACE ${GYRE_DEPS}/duckdb/include)
add_library(gyre_lib_onnxruntime INTERFACE)
add_library(gyre::onnxruntime ALIAS gyre_lib_onnxruntime)
target_include_directories(gyre_lib_onnxruntime SYSTEM INTERFACE ${GYRE_DEPS}/onnxruntime/include)

# ONNX's own message types, compiled from Debian's onnx.proto: its libonnx would link the shared protobuf library.
find_program(GYRE_PROTOC protoc REQUIRED)
find_file(GYRE_ONNX_PROTO onnx.proto PATH_SUFFIXES include/onnx REQUIRED)
cmake_path(GET GYRE_ONNX_PROTO PARENT_PATH GYRE_ONNX_PROTO_DIR)
set(GYRE_ONNX_PROTO_OUT ${CMAKE_BINARY_DIR}/onnx_proto)
file(MAKE_DIRECTORY ${GYRE_ONNX_PROTO_OUT})
add_custom_command(
  OUTPUT ${GYRE_ONNX_PROTO_OUT}/onnx.pb.cc ${GYRE_ONNX_PROTO_OUT}/onnx.pb.h
  COMMAND ${GYRE_PROTOC} --proto_path=${GYRE_ONNX_PROTO_DIR} --cpp_out=${GYRE_ONNX_PROTO_OUT} ${GYRE_ONNX_PROTO}
  DEPENDS ${GYRE_ONNX_PROTO} VERBATIM)
add_library(gyre_lib_onnx_proto STATIC ${GYRE_ONNX_PROTO_OUT}/onnx.pb.cc)
add_library(gyre::onnx_proto ALIAS gyre_lib_onnx_proto)
target_include_directories(gyre_lib_onnx_proto SYSTEM PUBLIC ${GYRE_ONNX_PROTO_OUT})
target_compile_options(gyre_lib_onnx_proto PRIVATE -w)
target_link_libraries(gyre_lib_onnx_proto PRIVATE gyre_flags PUBLIC gyre_lib_protobuf)

# Beside the program, where its run path finds them.
foreach(library duckdb/lib/libduckdb.so onnxruntime/lib/libonnxruntime.so.1)
  cmake_path(GET library FILENAME file)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  file(CREATE_LINK ${GYRE_DEPS}/${library} ${CMAKE_BINARY_DIR}/lib/${file} COPY_ON_ERROR)
endforeach()
set(CMAKE_BUILD_RPATH "\$ORIGIN/lib;\$ORIGIN/../lib")
set(CMAKE_INSTALL_RPATH "\$ORIGIN/lib;\$ORIGIN/../lib")

if(GYRE_TESTS)
  find_package(GTest REQUIRED)
endif()
