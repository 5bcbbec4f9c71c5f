#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Bodies made of columns (docs/journal_format.md), whatever stands in their pieces.
namespace reprise::fuzz {

/// `body`, whose pieces are as it says, with them not compressed.
std::string with_plain_pieces(std::string_view body);

/// An input of a target: so many bytes, then a body. One piece of it is mutated, and the lengths
/// are made right for pieces that are not compressed; seldom, and where there are no pieces, the
/// whole of it.
std::string with_piece_mutated(std::string_view input, std::size_t bytes_before, unsigned seed);

}  // namespace reprise::fuzz
