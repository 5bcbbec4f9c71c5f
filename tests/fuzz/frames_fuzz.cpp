// The walk over the frames of a file: any bytes at all, and heads whose digests hold.
#include "replay/frame.hpp"
#include "replay/journal.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

struct Walk {
  std::vector<std::uint64_t> offsets;
  Sha256 chain{};
};

Walk walk(const InputFile& file, ChainCheck check) {
  Walk walk;
  FrameReader frames(file, check);
  while (const auto head = frames.next()) {
    expect(head->offset + FrameHead::bytes + head->stored_bytes <= file.size(),
           "a frame that is given lies in the file");
    expect(walk.offsets.empty() || head->offset > walk.offsets.back(), "frames follow each other");
    try {
      expect(frames.body().size() == head->raw_bytes, "a body is as long as its head says");
    } catch (const JournalError&) {  // another codec, or it does not decompress
    }
    walk.offsets.push_back(head->offset);
    walk.chain = frames.chain();
  }
  if (frames.broken()) {
    expect(frames.broken()->offset < file.size(), "a walk breaks off within the file");
  }
  return walk;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile memory;
  memory.set({reinterpret_cast<const char*>(data), size});
  const InputFile file(memory.path());
  const Walk all = walk(file, ChainCheck::none);
  const Walk chained = walk(file, ChainCheck::every);
  expect(chained.offsets.size() <= all.offsets.size(), "who checks more takes no more");
  if (chained.offsets.size() == all.offsets.size()) {
    expect(chained.chain == all.chain, "a chain is what was read");
  }
  FrameReader frames(file, ChainCheck::none);
  for (const std::uint64_t offset : all.offsets) {
    const auto head = frames.at(offset);
    expect(head && head->offset == offset, "a frame of the walk is found where it stands");
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 4 == 0) return size;
  return mutated(data, size, max_size,
                 [&](std::string_view bytes) { return resealed(bytes, seed % 4 == 1); });
}

std::vector<std::string> reprise::fuzz::seeds() {
  return {plain_journal(true), header_frame(), resealed(header_frame() + header_frame())};
}
