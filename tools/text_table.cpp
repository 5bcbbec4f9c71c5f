#include "tools/text_table.hpp"

#include <algorithm>
#include <cstddef>

namespace reprise {

std::vector<std::string> text_table(const std::vector<std::vector<std::string>>& rows,
                                    const std::vector<Align>& align) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::vector<std::string> lines;
  for (const std::vector<std::string>& row : rows) {
    std::string& line = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - row[i].size(), ' ');
      const bool left = i < align.size() && align[i] == Align::left;
      if (i != 0) line += "  ";
      line += left ? row[i] + blanks : blanks + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
  }
  return lines;
}

}  // namespace reprise
