#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// A fuzz target is a file *_fuzz.cpp that defines LLVMFuzzerTestOneInput() and seeds(), and where
/// plain mutations would not come far LLVMFuzzerCustomMutator(). Under the preset `asan` it is
/// linked twice: with libFuzzer, and with corpus_main.cpp, whose tests run the seeds, the corpus
/// and some mutations of both.

extern "C" {
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                    unsigned int seed);
/// Given by libFuzzer, and elsewhere by corpus_main.cpp.
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);
}

namespace reprise::fuzz {

/// What the target starts from: written by our own program, small, and good.
std::vector<std::string> seeds();

/// What stands in the way of the promise: ends the program, so that the input is kept.
inline void expect(bool holds, const char* promise) {
  if (!holds) throw std::logic_error(std::string("broken: ") + promise);
}

/// `data` changed by `change`, which may make it larger, as a custom mutator answers; left as it is
/// where that would not fit.
std::size_t mutated(std::uint8_t* data, std::size_t size, std::size_t max_size,
                    const std::function<std::string(std::string_view)>& change);

}  // namespace reprise::fuzz
