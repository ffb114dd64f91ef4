# Settings for comcp's own build trees: ccache, sanitizers, a fast linker. Not used when embedded.
find_program(COMCP_CCACHE ccache)
if(COMCP_CCACHE)
  # base_dir makes the paths relative and nohashdir ignores the build directory, so that a fresh
  # clone elsewhere finds what an earlier clone compiled. Sloppiness is what PCH and GCC's coroutines
  # need to be cacheable at all.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${COMCP_CCACHE})
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables only: half the object size and link time; override for a session in the debugger.
  set(COMCP_DEBUG_INFO "-g1" CACHE STRING "Debug information of Debug builds")
  string(REPLACE "-g" "${COMCP_DEBUG_INFO}" CMAKE_CXX_FLAGS_DEBUG "-g")
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_FLAGS_RELEASE STREQUAL "-O3 -DNDEBUG")
  # CMake's -O3 makes the programs a quarter larger, and requests 2 % cheaper. An idle server is mostly its
  # own code: what nobody calls is left out, too.
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-Wl,--gc-sections)
endif()

if(COMCP_SANITIZE)
  add_compile_options(-fsanitize=${COMCP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${COMCP_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Of UBSan's checks these two cost most of the compile time, and vptr also needs RTTI of
    # incomplete types; Clang's preset keeps both.
    add_compile_options(-fno-sanitize=vptr,alignment)
  endif()
endif()

if(COMCP_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(COMCP_MOLD mold)
if(COMCP_MOLD AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  add_link_options(-fuse-ld=mold)
endif()
