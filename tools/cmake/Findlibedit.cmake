# libedit::libedit, the library of line editing (editline/readline.h), which comes without a package file of its own.
include(FindPackageHandleStandardArgs)
find_path(libedit_INCLUDE_DIR editline/readline.h)
find_library(libedit_LIBRARY edit)
mark_as_advanced(libedit_INCLUDE_DIR libedit_LIBRARY)
find_package_handle_standard_args(libedit REQUIRED_VARS libedit_LIBRARY libedit_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Debian's package is libedit-dev (tools/dev setup installs it)")
if(libedit_FOUND AND NOT TARGET libedit::libedit)
  add_library(libedit::libedit UNKNOWN IMPORTED)
  set_target_properties(libedit::libedit PROPERTIES
    IMPORTED_LOCATION ${libedit_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${libedit_INCLUDE_DIR})
endif()
