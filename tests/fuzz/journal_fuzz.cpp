// A whole journal, opened and read by every verb; a mutation's checksums are made right again.
#include "replay/journal_reader.hpp"
#include "replay/keyframes.hpp"
#include "replay/recorded_events.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/test_agents.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

/// Whether `read` ends without an error.
template <class Read>
bool holds(const Read& read) {
  try {
    read();
    return true;
  } catch (const JournalError&) {
    return false;
  }
}

std::uint64_t count_events(const Journal& journal, const EventSelection& filter) {
  RecordedEvents events(journal, filter);
  std::uint64_t count = 0;
  while (const auto event = events.next()) {
    expect(filter.takes(event->key.from, event->to, event->kind),
           "a selection gives what it takes and nothing else");
    ++count;
  }
  if (filter.takes_all()) {
    expect(count == events.count(), "all events are as many as there are");
  }
  return count;
}

void read_all(const Journal& journal) {
  static const Catalog catalog = test::test_catalog();
  const bool whole = holds([&] { journal.check(); });
  std::uint64_t inputs = 0;
  const bool known = holds([&] {
    RecordedInputs recorded(journal, catalog);
    while (recorded.next()) ++inputs;
  });
  expect(!whole || !known || inputs == journal.inputs(), "a checked journal has its inputs");
  std::uint64_t checkpoints = 0;
  const bool proved = holds([&] {
    RecordedCheckpoints recorded(journal);
    while (recorded.next()) ++checkpoints;
  });
  expect(!whole || (proved && checkpoints == journal.checkpoints()),
         "a checked journal has its checkpoints");
  holds([&] { RecordedCheckpoints(journal).seek(journal.last_step() / 2); });
  holds([&] {
    const std::uint64_t all = count_events(journal, {});
    expect(count_events(journal, {.agents = {AgentId{1}}}) <= all, "a filter takes some away");
    expect(count_events(journal, {.kinds = {digest64_of(test::Note::kind)}}) <= all,
           "a filter takes some away");
    RecordedEvents events(journal);
    events.seek(journal.last_step() / 2);
    events.next();
    events.seek(Time(journal.last_at().time_since_epoch() / 2));
    events.next();
  });
  holds([&] { journal.identity(); });
  holds([&] { journal.chain(); });
  if (journal.keyframes() == 0) return;
  const auto world = test::meadow(catalog);
  const Keyframes keyframes(journal);
  if (const auto place = keyframes.find(journal.last_step())) keyframes.restore(*place, *world);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile memory;
  memory.set({reinterpret_cast<const char*>(data), size});
  holds([&] { read_all(Journal(memory.path())); });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 16 == 0) return size;
  return mutated(data, size, max_size,
                 [&](std::string_view bytes) { return resealed(bytes, seed % 16 == 1); });
}

std::vector<std::string> reprise::fuzz::seeds() {
  const std::string journal = plain_journal(false);
  return {plain_journal(true), journal, header_frame(),
          with_layout(journal, FrameType::checkpoints, 2)};
}
