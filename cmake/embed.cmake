# gyre_embed(TARGET NAME FOLDER file...): compiles files under FOLDER into TARGET. The header "NAME.h" declares
#   namespace gyre::embedded { std::span<const gyre::base::EmbeddedFile> NAME(); }
enable_language(ASM)
function(gyre_embed TARGET NAME FOLDER)
  set(out ${CMAKE_BINARY_DIR}/embedded/${NAME})
  set(assembly ".section .rodata\n")
  set(declarations "")
  set(entries "")
  set(index 0)
  foreach(file ${ARGN})
    string(APPEND assembly
      ".global gyre_${NAME}_${index}\n.global gyre_${NAME}_${index}_end\n.balign 16\n"
      "gyre_${NAME}_${index}:\n.incbin \"${FOLDER}/${file}\"\ngyre_${NAME}_${index}_end:\n.byte 0\n")
    string(APPEND declarations "extern \"C\" const char gyre_${NAME}_${index}[];\nextern \"C\" const char gyre_${NAME}_${index}_end[];\n")
    string(APPEND entries
      "      {\"${file}\", {gyre_${NAME}_${index}, static_cast<size_t>(gyre_${NAME}_${index}_end - gyre_${NAME}_${index})}},\n")
    math(EXPR index "${index} + 1")
    list(APPEND inputs ${FOLDER}/${file})
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  file(CONFIGURE OUTPUT ${out}/${NAME}.S CONTENT "${assembly}")
  file(CONFIGURE OUTPUT ${out}/${NAME}.h CONTENT
"#pragma once

#include <span>

#include \"base/embedded.h\"

namespace gyre::embedded {
std::span<const base::EmbeddedFile> ${NAME}();
}  // namespace gyre::embedded
")
  file(CONFIGURE OUTPUT ${out}/${NAME}.cc CONTENT
"#include \"${NAME}.h\"

#include <vector>

${declarations}
namespace gyre::embedded {
std::span<const base::EmbeddedFile> ${NAME}() {
  static const std::vector<base::EmbeddedFile> files = {
${entries}  };
  return files;
}
}  // namespace gyre::embedded
")
  set_source_files_properties(${out}/${NAME}.S PROPERTIES OBJECT_DEPENDS "${inputs}")
  target_sources(${TARGET} PRIVATE ${out}/${NAME}.S ${out}/${NAME}.cc)
  target_include_directories(${TARGET} PRIVATE ${out})
endfunction()
