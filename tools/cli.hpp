#pragma once

#include "engine/catalog.hpp"

namespace reprise {

/// The whole command line, for a program whose worlds are made of the kinds in `catalog`:
///
///     int main(int argc, char** argv) {
///       auto catalog = reprise::standard_catalog();
///       catalog.add<MyAgent>("my_agent");
///       return reprise::cli(argc, argv, catalog);
///     }
///
/// Answers go to standard output, complaints and progress to standard error. Returns the exit
/// status.
int cli(int argc, char** argv, const Catalog& catalog);

}  // namespace reprise
