# Runs the bench small and looks for every figure: cmake -DBENCH=… -DFOLDER=… -P smoke.cmake
execute_process(COMMAND ${BENCH} --quick --json --folder ${FOLDER} OUTPUT_VARIABLE figures RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the bench failed")
endif()

function(expect_figure)
  string(JSON figure ERROR_VARIABLE missing GET "${figures}" ${ARGN})
  if(missing)
    message(FATAL_ERROR "no figure ${ARGN}: ${missing}")
  elseif(NOT figure GREATER 0)
    message(FATAL_ERROR "${ARGN} is ${figure}")
  endif()
endfunction()

foreach(name
    loaded_filings_per_s loaded_store_per_s null_per_s store_per_s flush_per_s single_connection_per_s half_load_p99_ms
    null_half_load_p99_ms rss_idle_mb rss_loaded_mb start_ms generator_ceiling_per_s)
  expect_figure(${name})
endforeach()
foreach(format xml json fixed)
  foreach(name filings_per_s p50_ms p99_ms decode_us encode_us bare_parse_us)
    expect_figure(formats ${format} ${name})
  endforeach()
endforeach()
