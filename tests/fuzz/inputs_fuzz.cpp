// The body of a frame of inputs: what is read is written again, and read, and is the same.
//
// An input is the count of records (1 byte), then the body.
#include "replay/journal_reader.hpp"
#include "replay/journal_writer.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

const Catalog& catalog() {
  static const Catalog made = test::test_catalog();
  return made;
}

std::vector<Input> inputs_of(const std::filesystem::path& path) {
  const Journal journal(path);
  RecordedInputs recorded(journal, catalog());
  std::vector<Input> inputs;
  while (auto input = recorded.next()) inputs.push_back(std::move(*input));
  return inputs;
}

/// The bytes of a journal with these inputs.
std::string written(const std::filesystem::path& path, const std::vector<Input>& inputs) {
  {
    static const JournalHeader header = test::header_of(*test::meadow(catalog()));
    JournalWriter journal(path, header, {"meadow.toml", ""}, true);
    for (const Input& input : inputs) journal.add(input, input.after.value_or(1));
    journal.seal({});
  }
  return test::file_bytes(path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string header = header_frame();
  static const test::TempDir folder;
  static MemoryFile memory;
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const FrameSpan span{.count = data[0], .first_step = 1, .last_step = 1};
  memory.set(resealed(header + plain_frame(FrameType::inputs, true, span, body)));
  std::vector<Input> inputs;
  try {
    inputs = inputs_of(memory.path());
  } catch (const JournalError&) {
    return 0;
  }
  const std::string bytes = written(folder.path() / "a.rpj", inputs);
  expect(written(folder.path() / "b.rpj", inputs_of(folder.path() / "a.rpj")) == bytes,
         "inputs that were written and read are written as before");
  return 0;
}

std::vector<std::string> reprise::fuzz::seeds() {
  const FrameBody recorded = first_body(plain_journal(false), FrameType::inputs);
  return {static_cast<char>(recorded.span.count) + recorded.body};
}
