#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

/// At which side of its column a text stands.
enum class Align : std::uint8_t { left, right };

/// Rows of as many cells each, as lines for a person: columns two blanks apart and as wide as their
/// widest cell. `align` says so of the first columns; the others stand at the right.
std::vector<std::string> text_table(const std::vector<std::vector<std::string>>& rows,
                                    const std::vector<Align>& align = {});

}  // namespace reprise
