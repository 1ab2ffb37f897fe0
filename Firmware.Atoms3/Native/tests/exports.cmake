execute_process(COMMAND ${NM} -D --defined-only ${LIBRARY} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
string(REGEX MATCHALL " T [a-z0-9_]+" found "${symbols}")
list(SORT found)
set(expected " T jb_boot_confirm; T jb_boot_install; T jb_boot_read; T jb_boot_roll_back; T jb_boot_run; T jb_crc32; T jb_filter_probe; T jb_ring_drain; T jb_ring_dropped; T jb_ring_init; T jb_ring_push; T jb_sha256_finish; T jb_sha256_start; T jb_sha256_update")

if(NOT result EQUAL 0 OR NOT "${found}" STREQUAL "${expected}")
    message(FATAL_ERROR "${LIBRARY} exports\n${found}\nnot\n${expected}")
endif()
