#include "tools/suggestion.hpp"

#include "engine/nearest.hpp"

namespace reprise {

std::string suggestion(std::string_view word, std::span<const std::string> names) {
  const std::string* begun = nullptr;
  for (const std::string& name : names) {
    if (word.empty() || !name.starts_with(word)) continue;
    if (begun == nullptr || name.size() < begun->size()) begun = &name;
  }
  return begun == nullptr ? did_you_mean(word, names) : "; did you mean '" + *begun + "'?";
}

}  // namespace reprise
