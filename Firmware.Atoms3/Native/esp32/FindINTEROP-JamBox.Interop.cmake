# Finds the native side of JamBox.Interop for nf-interpreter: NF_INTEROP_ASSEMBLIES="JamBox.Interop". Belongs into its CMake/Modules;
# the folder Native of this repository belongs, copied or linked, into its InteropAssemblies, as JamBox.Interop. See ../README.md.

set(JAMBOX_NATIVE ${PROJECT_SOURCE_DIR}/InteropAssemblies/JamBox.Interop)

list(APPEND JamBox.Interop_INCLUDE_DIRS
    ${PROJECT_SOURCE_DIR}/src/CLR/Core
    ${PROJECT_SOURCE_DIR}/src/CLR/Include
    ${PROJECT_SOURCE_DIR}/src/HAL/Include
    ${PROJECT_SOURCE_DIR}/src/PAL/Include
    ${JAMBOX_NATIVE}/core
    ${JAMBOX_NATIVE}/esp32
    # What nf-interpreter's own list of ESP-IDF's folders lacks.
    ${IDF_PATH_CMAKED}/components/bootloader_support/include
    ${IDF_PATH_CMAKED}/components/esp_hw_support/port/esp32s3/include
    ${IDF_PATH_CMAKED}/components/hal/platform_port/include)

# jambox_interop.cpp comes first: nf-interpreter reads version and checksum out of it.
set(JamBox.Interop_SRCS
    esp32/jambox_interop.cpp
    esp32/jambox_interop_AccessPointScan.cpp
    esp32/jambox_interop_BootRecord.cpp
    esp32/jambox_interop_EcdsaP256.cpp
    esp32/jambox_interop_FlashRegion.cpp
    esp32/jambox_interop_HardwareRandom.cpp
    esp32/jambox_interop_MonotonicClock.cpp
    esp32/jambox_interop_NonVolatileStore.cpp
    esp32/jambox_interop_ProbeSniffer.cpp
    esp32/jambox_interop_Sha256.cpp
    esp32/jambox_interop_Watchdog.cpp
    esp32/jb_esp_wifi.cpp
    esp32/jb_p256.cpp
    core/jb_boot.c
    core/jb_filter.c
    core/jb_hash.c
    core/jb_image.c
    core/jb_ring.c)

foreach(source ${JamBox.Interop_SRCS})
    if(NOT EXISTS ${JAMBOX_NATIVE}/${source})
        message(FATAL_ERROR "JamBox.Interop: ${JAMBOX_NATIVE}/${source} is missing. See Native/README.md.")
    endif()

    list(APPEND JamBox.Interop_SOURCES ${JAMBOX_NATIVE}/${source})
endforeach()

include(FindPackageHandleStandardArgs)

FIND_PACKAGE_HANDLE_STANDARD_ARGS(INTEROP-JamBox.Interop DEFAULT_MSG JamBox.Interop_INCLUDE_DIRS JamBox.Interop_SOURCES)
