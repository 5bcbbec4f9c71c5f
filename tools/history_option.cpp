#include "tools/history_option.hpp"

#include <boost/program_options/value_semantic.hpp>

#include "tools/output.hpp"

namespace reprise {

namespace po = boost::program_options;

void declare_parents(po::options_description& options) {
  options.add_options()("parents", po::value<std::vector<std::string>>()->value_name("PLACE"),
                        "of a branch: look for its ancestors in this folder or file, too; may be "
                        "given several times");
}

std::vector<std::filesystem::path> parent_places(const Invocation& call) {
  std::vector<std::filesystem::path> places;
  for (const std::string& place : call.list("parents")) {
    std::error_code unknown;
    if (!std::filesystem::exists(place, unknown)) {
      throw UsageError("--parents " + shell_word(place) + ": there is no such folder or file");
    }
    places.emplace_back(place);
  }
  return places;
}

Journal open_history(const Invocation& call, const std::string& path) {
  return open_history(std::filesystem::path(path), parent_places(call));
}

}  // namespace reprise
