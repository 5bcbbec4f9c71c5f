#pragma once

#include <string>

namespace reprise {

/// `text` as a field of a line of comma-separated values, quoted as RFC 4180 has it where it has to
/// be.
std::string csv_field(const std::string& text);

}  // namespace reprise
