# pcg::pcg, the headers of PCG (pcg_random.hpp), which come without a package file of their own.
include(FindPackageHandleStandardArgs)
find_path(pcg_INCLUDE_DIR pcg_random.hpp)
mark_as_advanced(pcg_INCLUDE_DIR)
find_package_handle_standard_args(pcg REQUIRED_VARS pcg_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Debian's package is libpcg-cpp-dev (tools/dev setup installs it)")
if(pcg_FOUND AND NOT TARGET pcg::pcg)
  add_library(pcg::pcg INTERFACE IMPORTED)
  set_target_properties(pcg::pcg PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${pcg_INCLUDE_DIR})
endif()
