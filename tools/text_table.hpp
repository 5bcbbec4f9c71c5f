#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise {

/// The side of its column at which a text stands.
enum class Side : std::uint8_t { left, right };

/// Rows of as many cells each, as lines for a person: columns two blanks apart and as wide as their
/// widest cell. `sides` says where the texts of the first columns stand; in the others it is right.
std::vector<std::string> text_table(const std::vector<std::vector<std::string>>& rows,
                                    const std::vector<Side>& sides = {});

}  // namespace reprise
