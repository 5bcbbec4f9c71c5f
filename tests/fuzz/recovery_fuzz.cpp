// A file that a writer is to go on with: refused and left as it was, or cut where it is torn, with
// the cut bytes aside; done again it is the same.
#include "replay/journal_writer.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

/// A device that need not be waited for.
class QuickFiles : public FileLayer {
 public:
  int sync(int) override { return 0; }
};

/// Where the torn end was moved to; nothing if the journal was refused, or had none.
std::optional<std::filesystem::path> go_on(const std::filesystem::path& path) {
  QuickFiles files;
  try {
    return JournalWriter(path, WorkOn::caller, files).moved_aside();
  } catch (const JournalError&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const test::TempDir folder;
  const auto path = folder.path() / "a.rpj";
  const std::string before(reinterpret_cast<const char*>(data), size);
  test::write_bytes(path, before);
  const auto aside = go_on(path);
  const std::string after = test::file_bytes(path);
  const std::string cut = aside ? test::file_bytes(*aside) : std::string();
  expect(after + cut == before, "recovery loses no byte");
  expect(!go_on(path) && test::file_bytes(path) == after, "recovery is done once");
  if (!aside) return 0;
  expect(!Journal(path).torn(), "what recovery leaves is whole");
  test::write_bytes(path, before);
  expect(go_on(path) == aside && test::file_bytes(path) == after && test::file_bytes(*aside) == cut,
         "a recovery that was broken off is done again");
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 2 == 0) return size;
  return mutated(data, size, max_size, [](std::string_view bytes) { return resealed(bytes); });
}

std::vector<std::string> reprise::fuzz::seeds() {
  const std::string whole = plain_journal(false);
  const FrameType unknown{77};
  const std::string later = resealed(whole + plain_frame(unknown, false, {}, "?"));
  return {whole, whole.substr(0, whole.size() - 1), whole + "torn", plain_journal(true),
          with_layout(later, unknown, 77) + "torn"};
}
