// Writes the words of a thousand agents' streams, one of each in turn, until nobody reads on: for
// programs that judge random numbers.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/random.hpp"

int main() {
  std::vector<reprise::Random> streams;
  for (int i = 0; i < 1000; ++i) streams.emplace_back(1, "agent[" + std::to_string(i) + "]");
  std::array<std::uint64_t, 1000> words{};
  do {
    for (std::size_t i = 0; i < streams.size(); ++i) words[i] = streams[i].bits();
  } while (std::fwrite(words.data(), sizeof words, 1, stdout) == 1);
  return 0;
}
