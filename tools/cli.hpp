#pragma once

#include <functional>

#include "engine/catalog.hpp"

namespace reprise {

/// The whole command line, for a program whose worlds are made of the standard kinds and of those
/// that `add_kinds` adds to the catalog it is handed:
///
///     int main(int argc, char** argv) {
///       return reprise::cli(argc, argv, [](reprise::Catalog& catalog) {
///         catalog.add<MyAgent>("my_agent");
///       });
///     }
///
/// Answers go to standard output, complaints and progress to standard error. Returns the exit
/// status. A kind that cannot be added is a complaint, too, and exit status 70.
int cli(int argc, char** argv, const std::function<void(Catalog&)>& add_kinds);

/// The same for the kinds of `catalog` alone.
int cli(int argc, char** argv, const Catalog& catalog);

}  // namespace reprise
