# comcp_add_library(<name> [SOURCES...]): one of our libraries, with its alias comcp::<name>,
# include directories, C++20 and our warnings.
function(comcp_add_library name)
  set(target comcp_${name})
  add_library(${target} ${ARGN})
  add_library(comcp::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} OUTPUT_NAME comcp-${name}
                                             POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
    PRIVATE ${PROJECT_SOURCE_DIR}/lib)
  comcp_warnings(${target})
endfunction()

# Warnings are for our own targets only, so that a user's build never breaks on them. Off: what GCC 12
# reports wrongly in coroutines and, optimised, in std::string (its bug 105651).
function(comcp_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-mismatched-new-delete
                             -Wno-restrict>
    $<$<BOOL:${COMCP_WARNINGS_AS_ERRORS}>:-Werror>)
endfunction()

# comcp_add_program(<name> SOURCES...): an executable in build/<preset>/bin.
function(comcp_add_program name)
  add_executable(${name} ${ARGN})
  target_compile_features(${name} PRIVATE cxx_std_20)
  comcp_warnings(${name})
endfunction()
