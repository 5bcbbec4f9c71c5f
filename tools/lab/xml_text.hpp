#pragma once

#include <string>
#include <string_view>

namespace reprise {

/// `text` as text of XML, in an attribute too.
std::string xml_text(std::string_view text);

}  // namespace reprise
