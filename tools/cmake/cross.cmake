# Builds for another machine: REPRISE_MACHINE is its triplet, for which Debian has a compiler. Libraries and their
# headers come from build/cross/<triplet>/root alone, where `tools/dev test --thorough` unpacks Debian's packages of that
# machine. CMAKE_CROSSCOMPILING_EMULATOR runs what was built.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES REPRISE_MACHINE)
set(CMAKE_SYSTEM_NAME Linux)
string(REGEX REPLACE "-.*" "" CMAKE_SYSTEM_PROCESSOR ${REPRISE_MACHINE})
set(CMAKE_CXX_COMPILER ${REPRISE_MACHINE}-g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${REPRISE_MACHINE})

cmake_path(SET root NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../../build/cross/${REPRISE_MACHINE}/root)
set(CMAKE_FIND_ROOT_PATH ${root})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${root}/usr/include/${REPRISE_MACHINE}) # where Debian puts some of OpenSSL's
