#include "tools/lab/xml_text.hpp"

#include "scenarios/utf8.hpp"
#include "tools/output.hpp"

namespace reprise {

std::string xml_text(std::string_view text) {
  const std::string safe = printable(text);
  const bool is_text = !find_utf8_fault(safe);
  std::string escaped;
  for (const char c : safe) {
    if (!is_text && static_cast<unsigned char>(c) >= 0x80) {
      escaped += '?';
      continue;
    }
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace reprise
