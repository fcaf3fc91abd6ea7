# Measures the operations port small and looks for the figures: cmake -DBENCH=… -DFOLDER=… -P ops_smoke.cmake
execute_process(COMMAND ${BENCH} --ops --json --messages 100000 --seconds 1 --runs 1 --folder ${FOLDER}
  OUTPUT_VARIABLE figures RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the bench failed")
endif()
foreach(name search_p95_ms timeline_p95_ms scrape_ms filing_rate_ratio filings_per_s searches_per_s fill_per_s index_per_s retention_pause_ms)
  string(JSON figure ERROR_VARIABLE missing GET "${figures}" ${name})
  if(missing)
    message(FATAL_ERROR "no figure ${name}: ${missing}")
  elseif(NOT figure GREATER 0)
    message(FATAL_ERROR "${name} is ${figure}")
  endif()
endforeach()
