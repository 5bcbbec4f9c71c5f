// Runs a fuzz target as an ordinary test: its seeds, its corpus, and mutations of both drawn from
// numbers that are the same every time.
//
//     NAME_corpus FOLDER [MUTATIONS]    the seeds, the files of FOLDER, and so many mutations
//     NAME_corpus --seeds FOLDER        writes the seeds to FOLDER, for libFuzzer to start from
#include <sys/resource.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "tests/fuzz/fuzz.hpp"
#include "tests/support/sizes.hpp"

extern "C" {
// Null where the target has none of its own.
__attribute__((weak)) std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                          std::size_t max_size, unsigned int seed);
}

namespace {

constexpr std::size_t bytes_max = std::size_t{1} << 17;
constexpr rlim_t memory_max = rlim_t{512} << 20;

std::mt19937_64& randomness() {
  static std::mt19937_64 random;
  return random;
}

std::size_t below(std::size_t end) {
  return static_cast<std::size_t>(randomness()() % end);
}

void run(std::string_view name, const std::string& input) {
  try {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  } catch (...) {
    const auto kept = std::filesystem::temp_directory_path() / "reprise-fuzz-finding";
    std::ofstream(kept, std::ios::binary) << input;
    std::cerr << name << " is in " << kept.string() << '\n';
    throw;
  }
}

std::string mutation(const std::string& input, unsigned int seed) {
  std::string data = input;
  data.resize(bytes_max);
  auto* const bytes = reinterpret_cast<std::uint8_t*>(data.data());
  const auto mutate = [&](std::size_t size) {
    return LLVMFuzzerCustomMutator != nullptr
               ? LLVMFuzzerCustomMutator(bytes, size, bytes_max, seed)
               : LLVMFuzzerMutate(bytes, size, bytes_max);
  };
  data.resize(mutate(input.size()));
  return data;
}

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

int write_seeds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  int number = 0;
  for (const std::string& seed : reprise::fuzz::seeds()) {
    std::ofstream(folder / ("seed-" + std::to_string(number++)), std::ios::binary) << seed;
  }
  return 0;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size,
                                        std::size_t max_size) {
  constexpr std::uint8_t edges[] = {0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff};
  for (std::size_t change = below(4) + 1; change != 0; --change) {
    const std::size_t at = below(size + 1);
    const std::size_t length = below(std::min<std::size_t>(size - at, 16) + 1);
    switch (below(5)) {
      case 0:  // a bit
        if (at != size) data[at] = static_cast<std::uint8_t>(data[at] ^ (1u << below(8)));
        break;
      case 1:  // a byte at the edge of something
        if (at != size) data[at] = edges[below(std::size(edges))];
        break;
      case 2:  // some bytes less
        std::memmove(data + at, data + at + length, size - at - length);
        size -= length;
        break;
      case 3:  // some bytes twice
        if (size + length > max_size) break;
        std::memmove(data + at + length, data + at, size - at);
        size += length;
        break;
      default:  // noise
        for (std::size_t i = at; i < at + length; ++i) {
          data[i] = static_cast<std::uint8_t>(below(256));
        }
    }
  }
  return size;
}

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: " << argv[0] << " FOLDER [MUTATIONS] | --seeds FOLDER\n";
    return 2;
  }
  if (argc == 3 && std::strcmp(argv[1], "--seeds") == 0) return write_seeds(argv[2]);
  if (!reprise::test::sanitized) {
    const rlimit limit{memory_max, memory_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  std::vector<std::string> inputs = reprise::fuzz::seeds();
  const std::size_t seeds = inputs.size();
  if (std::filesystem::exists(argv[1])) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
      inputs.push_back(read(entry.path()));
    }
  }
  inputs.push_back("");
  for (const std::string& input : inputs) run("an input", input);
  const std::size_t mutations =
      argc > 2 ? std::stoul(argv[2]) : reprise::test::cases(3'000, 300'000);
  for (std::size_t i = 0; i < mutations; ++i) {
    randomness().seed(i);
    std::string input = inputs[i % inputs.size()];
    for (std::size_t times = below(4) + 1; times != 0; --times) {
      input = mutation(input, static_cast<unsigned int>(randomness()()));
    }
    run("mutation " + std::to_string(i), input);
  }
  std::cout << "ran: " << seeds << " seeds, " << inputs.size() - seeds - 1
            << " inputs of the corpus, " << mutations << " mutations\n";
  return 0;
}
