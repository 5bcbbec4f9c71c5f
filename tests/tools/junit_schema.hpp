#pragma once

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/data.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {

/// Checks a report against the schema that CI services go by, where it and xmllint are there.
inline void check_junit(const std::filesystem::path& report) {
  if (run_shell("command -v xmllint").code != 0) {
    WARN("skipped: xmllint is not installed (tools/dev setup test)");
    return;
  }
  const auto schema = data_file("junit-xsd/JUnit.xsd");
  if (!schema) return;
  const ProgramResult valid =
      run_shell("xmllint --noout --schema '" + schema->string() + "' '" + report.string() + "'");
  INFO(valid.err);
  CHECK(valid.code == 0);
}

}  // namespace reprise::test
