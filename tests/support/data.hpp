#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::test {

/// The file `relative` of the recorded and published data that are no part of this repository:
/// under $REPRISE_DATA, or else under ../shared/data beside the sources. Where it is absent the
/// test is told so and skips:
///   const auto file = data_file("pcg-expected/check-pcg64.out");
///   if (!file) return;
inline std::optional<std::filesystem::path> data_file(std::string_view relative) {
  const char* const chosen = std::getenv("REPRISE_DATA");
  const std::filesystem::path root =
      chosen != nullptr ? chosen : REPRISE_SOURCE_DIR "/../shared/data";
  const std::filesystem::path path = root / relative;
  if (std::filesystem::exists(path)) return path;
  WARN("skipped: there is no " + path.string() + "; set REPRISE_DATA to where the data are");
  return std::nullopt;
}

}  // namespace reprise::test
