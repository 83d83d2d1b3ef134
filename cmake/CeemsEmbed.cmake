# ceems_embed(TARGET SYMBOL FILE): the bytes of FILE as `std::string_view ceems::embedded::SYMBOL()` in TARGET, which
# declares that function where it needs it. Rebuilt when the file changes.
set(CEEMS_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedFile.cmake)

function(ceems_embed target symbol file)
  if(NOT TARGET ${target})
    return()
  endif()
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${CEEMS_EMBED_SCRIPT}
    DEPENDS ${file} ${CEEMS_EMBED_SCRIPT} VERBATIM)
  target_sources(${target} PRIVATE ${output})
endfunction()
