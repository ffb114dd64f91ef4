# Install rules: headers, libraries, find_package(comcp) and pkg-config.
include(CMakePackageConfigHelpers)

set(comcp_targets)
foreach(target IN ITEMS comcp_core comcp_http comcp_testing)
  if(TARGET ${target})
    list(APPEND comcp_targets ${target})
  endif()
endforeach()

install(TARGETS ${comcp_targets} EXPORT comcpTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/comcp" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp")
if(TARGET comcp)
  install(TARGETS comcp RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

set(comcp_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/comcp)
install(EXPORT comcpTargets NAMESPACE comcp:: DESTINATION ${comcp_cmake_dir})
configure_package_config_file("${PROJECT_SOURCE_DIR}/lib/cmake/comcpConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/comcpConfig.cmake" INSTALL_DESTINATION ${comcp_cmake_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/comcpConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/comcpConfig.cmake" "${PROJECT_BINARY_DIR}/comcpConfigVersion.cmake"
        DESTINATION ${comcp_cmake_dir})

foreach(part IN ITEMS core http)
  if(TARGET comcp_${part})
    configure_file("${PROJECT_SOURCE_DIR}/lib/cmake/comcp-${part}.pc.in"
                   "${PROJECT_BINARY_DIR}/comcp-${part}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/comcp-${part}.pc"
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  endif()
endforeach()
